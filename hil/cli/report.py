"""`hil report`: the HTML report of a run, built with Allure 3."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.cli.node import Node, find_node
from hil.cli.report_history import history_before, history_of
from hil.errors import SuiteError
from hil.qualification.account import Account
from hil.qualification.conclusion import complete
from hil.qualification.promises import settle
from hil.qualification.summary import HTML, MARKDOWN, in_words, write_promises_page

GENERATOR = Path(__file__).parents[2] / "report"
"""Where the generator is pinned (package.json, package-lock.json, allurerc.mjs): in the checkout."""

_ANALYTICS = re.compile(
    r"<script[^>]*googletagmanager[^>]*>\s*</script>\s*"
    r"(?:<script[^>]*>(?:(?!</script>).)*gtag\((?:(?!</script>).)*</script>)?",
    re.DOTALL,
)


def report(
    run_dir: Annotated[Path, typer.Argument(help="A run's folder: runs/<time>-<rig>.")],
    history: Annotated[
        Path | None,
        typer.Option(help="The file of the rig's history [default: history-RIG.jsonl beside it]."),
    ] = None,
) -> None:
    """Account for a run's tests, build its HTML report and its summary, print where they are."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    account = complete(run_dir)
    if account is not None:
        out.print(in_words(account, settle(account, status=account.status)))
        out.print(account.told())
        for each in account.unaccounted:
            out.print(f"not in the report: {each}", style="red")
    index = build_report(run_dir, account, history=history)
    if account is not None:
        out.print(f"summary: {run_dir.resolve() / HTML}, {MARKDOWN} beside it")
    out.print(f"report: {index}")


def build_report(
    run_dir: Path, account: Account | None = None, *, history: Path | None = None
) -> Path:
    """Build the report into `run_dir`/report; its first page. `account` is what the run says.

    Raises:
        SuiteError: no results there, no Node, or the generator failed (with what it said).
    """
    results = run_dir.resolve() / (account.plan.results if account else "allure-results")
    if not any(results.glob("*-result.json")):
        raise SuiteError(f"no results in {results}; was a test run with --run-dir {run_dir}?")
    node = find_node()
    install_generator(node)
    output = run_dir.resolve() / "report"
    name = f"HIL {output.parent.name}"
    how = ["--config", "allurerc.mjs", "--output", str(output), "--name", name]
    command = [str(node.program), "node_modules/allure/cli.js", "generate", *how, str(results)]
    if account is None:
        _run(command, node)
    else:
        rig = account.plan.rig
        told: dict[str, object] = {"rigs": [{"name": rig, "variables": dict(account.facts)}]}
        path = history.resolve() if history else history_of(output.parent, rig)
        with history_before(path, name) as given:
            told |= {"history": str(given.path), "append": given.append}
            _run(command, node, told)
    index = output / "index.html"
    if not index.is_file():
        raise SuiteError(f"the generator ended well and wrote no {index}")
    strip_analytics(output)
    metrics = output / "widgets" / "metrics.json"
    if not metrics.exists():  # its page asks all the same, and a 404 on the console alarms people
        metrics.write_text('{"current":[],"history":[]}', encoding="utf-8")
    if account is not None:
        write_promises_page(output, account)
        _link_promises(index)
    return index


def strip_analytics(folder: Path) -> None:
    """Take the generator's analytics tag out of every page: a report tells nobody that it is read.

    Raises:
        SuiteError: a page still has it afterwards.
    """
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        clean = _ANALYTICS.sub("", text)
        if "googletagmanager" in clean:
            raise SuiteError(f"{page}: the analytics tag is no longer where it was; see _ANALYTICS")
        if clean != text:
            page.write_text(clean, encoding="utf-8")


def _link_promises(index: Path) -> None:
    """Have promises' ids in the report lead to their page."""
    script = (GENERATOR / "promise-links.js").read_text(encoding="utf-8")
    text, end, rest = index.read_text(encoding="utf-8").rpartition("</body>")
    if not end:
        raise SuiteError(f"{index}: no </body>, so the links to promises have no place there")
    index.write_text(f"{text}<script>\n{script}</script>\n{end}{rest}", encoding="utf-8")


def install_generator(node: Node) -> None:
    """`npm ci`, unless what is installed is what package-lock.json asks for.

    Raises:
        SuiteError: this is no checkout, or npm failed (with what it said).
    """
    asked, installed = GENERATOR / "package-lock.json", GENERATOR / "node_modules" / ".for-lock"
    if not asked.is_file():
        raise SuiteError(f"no {asked}: hil report runs in a checkout (pip install -e .)")
    lock = asked.read_text(encoding="utf-8")
    if installed.is_file() and installed.read_text(encoding="utf-8") == lock:
        return
    _run([*node.npm, "ci", "--no-audit", "--no-fund"], node)
    installed.write_text(lock, encoding="utf-8")


def _run(command: list[str], node: Node, told: Mapping[str, object] | None = None) -> None:
    # npm and allure start node again by name.
    path = os.pathsep.join([str(node.program.parent), os.environ.get("PATH", "")])
    ended = subprocess.run(
        command,
        cwd=GENERATOR,
        env={**os.environ, "PATH": path, "HIL_REPORT": json.dumps(told or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        said = (ended.stderr.strip() or ended.stdout.strip())[-2000:]
        raise SuiteError(
            f"{Path(command[0]).name} {' '.join(command[1:4])} ended with {ended.returncode} "
            f"(Node {node.version}, in {GENERATOR}): {said}"
        )
