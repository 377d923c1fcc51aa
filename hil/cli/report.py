"""`hil report`: the HTML report of a run, built with Allure 3."""

import os
import re
import subprocess
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.cli.node import Node, find_node
from hil.errors import SuiteError

GENERATOR = Path(__file__).parents[2] / "report"
"""Where the generator is pinned (package.json, package-lock.json, allurerc.mjs): in the checkout."""

_ANALYTICS = re.compile(
    r"<script[^>]*googletagmanager[^>]*>\s*</script>\s*"
    r"(?:<script[^>]*>(?:(?!</script>).)*gtag\((?:(?!</script>).)*</script>)?",
    re.DOTALL,
)


def report(
    run_dir: Annotated[Path, typer.Argument(help="A run's folder: runs/<time>-<rig>.")],
) -> None:
    """Build the HTML report of a run and print where it is."""
    index = build_report(run_dir)
    Console(highlight=False, markup=False).print(f"report: {index}", soft_wrap=True)


def build_report(run_dir: Path) -> Path:
    """Build the report into `run_dir`/report; its first page.

    Raises:
        SuiteError: no results there, no Node, or the generator failed (with what it said).
    """
    results = run_dir.resolve() / "allure-results"
    if not any(results.glob("*-result.json")):
        raise SuiteError(f"no results in {results}; was a test run with --run-dir {run_dir}?")
    node = find_node()
    _install_generator(node)
    output = run_dir.resolve() / "report"
    how = [
        "--config",
        "allurerc.mjs",
        "--output",
        str(output),
        "--name",
        f"HIL {output.parent.name}",
    ]
    _run([str(node.program), "node_modules/allure/cli.js", "generate", *how, str(results)], node)
    index = output / "index.html"
    if not index.is_file():
        raise SuiteError(f"the generator ended well and wrote no {index}")
    strip_analytics(output)
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


def _install_generator(node: Node) -> None:
    """`npm ci`, unless what is installed is what package-lock.json asks for."""
    asked, installed = GENERATOR / "package-lock.json", GENERATOR / "node_modules" / ".for-lock"
    if not asked.is_file():
        raise SuiteError(f"no {asked}: hil report runs in a checkout (pip install -e .)")
    lock = asked.read_text(encoding="utf-8")
    if installed.is_file() and installed.read_text(encoding="utf-8") == lock:
        return
    _run([*node.npm, "ci", "--no-audit", "--no-fund"], node)
    installed.write_text(lock, encoding="utf-8")


def _run(command: list[str], node: Node) -> None:
    # npm and allure start node again by name.
    path = os.pathsep.join([str(node.program.parent), os.environ.get("PATH", "")])
    ended = subprocess.run(
        command,
        cwd=GENERATOR,
        env={**os.environ, "PATH": path},
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
