"""`hil learn`: how a bench really speaks and how long it takes, beside what hil believes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.cli.attaching import IN_USE, RigOption, logs_of
from hil.cli.capture import started_rig_file
from hil.errors import RigInUse, SuiteError
from hil.evidence.redaction import Redactor
from hil.learning.bench import Proposals, bench, look
from hil.learning.disturbing import disturb
from hil.learning.findings import Finding, Findings, Verdict
from hil.learning.written import About, new_folder, write_all
from hil.rig.health.machine import secrets
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile

_STYLES = {
    Verdict.AGREES: "green",
    Verdict.DIFFERS: "yellow",
    Verdict.UNMEASURED: "magenta",
    Verdict.NEWS: "cyan",
}


def learn(
    rig: RigOption,
    out: Annotated[
        Path | None, typer.Option(help="Where it is written: a new folder. Default: in runs/.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who measures, for the lab notes.")] = "unknown",
    watch_s: Annotated[
        float, typer.Option(min=0.0, help="Rig seconds to watch when devices report.")
    ] = 660.0,
    disturb_it: Annotated[
        bool,
        typer.Option(
            "--disturb",
            help="Force devices out, open the relay, change the profile: measures times, and leaves the rig "
            "as it was found.",
        ),
    ] = False,
    reboot_gateway: Annotated[
        bool,
        typer.Option("--reboot-gateway", help="With --disturb: cut the gateway's power, too."),
    ] = False,
) -> None:
    """Measure what hil assumes of a bench; propose a dialect and lab notes. Writes over nothing.

    Without --disturb nothing on the rig is changed: consoles are asked who they are and how their radio
    is, the gateway what it shows, and what it says to nonsense.
    """
    if reboot_gateway and not disturb_it:
        raise SuiteError(
            "--reboot-gateway cuts the gateway's power: that wants --disturb beside it"
        )
    printer = Console(highlight=False, markup=False, soft_wrap=True)
    described = load_rig(rig, Path("rigs"))
    logs = logs_of("learn", described)
    folder = new_folder(out or logs / "learned")
    try:
        with started_rig_file(rig, logs) as (description, root):
            redactor = Redactor(secrets(description).known)

            def tell(finding: Finding) -> None:
                text = finding.why or f"{finding.measured!r}"
                printer.print(
                    f"{finding.verdict}: {finding.name}: {text}", style=_STYLES[finding.verdict]
                )

            findings = Findings(redactor.scrub, tell)
            with _told_anyway(folder, findings, description, by, disturb_it) as propose:
                propose(_looked(description, logs, root, findings, watch_s))
                if disturb_it:
                    disturb(
                        description,
                        findings,
                        directory=logs / "disturbed",
                        reboots=reboot_gateway,
                    )
    except RigInUse as error:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(str(error))
        raise typer.Exit(IN_USE) from None
    counts = ", ".join(f"{len(findings.of(each))} {each}" for each in Verdict)
    printer.print(f"rig {description.name}: {counts}; written to {folder}, logs in {logs}")


def _looked(
    description: RigFile, logs: Path, root: Path, findings: Findings, watch_s: float
) -> Proposals:
    with bench(description, logs, root=root, who="hil learn") as opened:
        return look(opened, findings, watch_s=watch_s)


@contextmanager
def _told_anyway(
    folder: Path, findings: Findings, description: RigFile, by: str, disturbed: bool
) -> Iterator[Callable[[Proposals], None]]:
    """Write what was learned, also where the rest could not be."""
    proposals: dict[str, object] = {}

    def propose(found: Proposals) -> None:
        proposals.update(found)

    try:
        yield propose
    finally:
        if findings.found:
            firmware = next(
                (
                    str(each.measured)
                    for each in findings.found
                    if each.name == "gateway: who answers"
                ),
                "unknown",
            )
            about = About(
                rig=description.name,
                by=by,
                date=datetime.now(UTC).strftime("%Y-%m-%d"),
                firmware=firmware,
                disturbed=disturbed,
            )
            write_all(folder, findings, proposals, about)  # type: ignore[arg-type]
