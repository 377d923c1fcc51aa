"""What was learned, written down: for people, for programs, for the rig file, for assumptions.yaml."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from hil.errors import SuiteError
from hil.learning.bench import Proposals
from hil.learning.findings import Finding, Findings, Verdict, is_assumption
from hil.rig.dialects import DialectFile

TEXT, JSON, DIALECT, NOTES = "learned.txt", "learned.json", "dialect.yaml", "lab-notes.yaml"

_ORDER = (Verdict.DIFFERS, Verdict.UNMEASURED, Verdict.NEWS, Verdict.AGREES)


@dataclass(frozen=True, slots=True)
class About:
    """Whose words these are."""

    rig: str
    by: str
    """Who measured; `unknown` where nobody says."""
    date: str
    """UTC."""
    firmware: str
    """Of the gateway; `unknown` where it did not answer."""
    disturbed: bool

    @property
    def note(self) -> str:
        """As a lab note."""
        return f"{self.by}, {self.firmware}, {self.date}, rig {self.rig}"


def new_folder(folder: Path) -> Path:
    """A place for all of it.

    Raises:
        SuiteError: there is something in it already; nothing is ever written over.
    """
    if folder.is_file() or (folder.exists() and any(folder.iterdir())):
        raise SuiteError(f"{folder} is not empty; nothing is written over: give another --out")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_all(folder: Path, findings: Findings, proposals: Proposals, about: About) -> None:
    """All four files."""
    _new(folder / TEXT, text_of(findings, about))
    document = {"about": asdict(about), "findings": [asdict(each) for each in findings.found]}
    _new(folder / JSON, json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n")
    _new(folder / DIALECT, dialect_text(proposals, about))
    _new(folder / NOTES, notes_text(findings.found, about))


def _new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def text_of(findings: Findings, about: About) -> str:
    """For people: what differs first, then what could not be measured, last what agrees."""
    parts = [f"What rig {about.rig} does, measured by {about.note}"]
    for verdict in _ORDER:
        found = findings.of(verdict)
        if found:
            parts.append(f"{verdict.upper()} ({len(found)})")
            parts += [_told(each) for each in found]
    return "\n\n".join(parts) + "\n"


def _told(finding: Finding) -> str:
    lines = [finding.name]
    if finding.source or finding.believed is not None:
        source = f" ({finding.source})" if finding.source else ""
        lines.append(f"  today:    {finding.believed!r}{source}")
    if finding.verdict is not Verdict.UNMEASURED:
        lines.append(f"  measured: {finding.measured!r}")
    if finding.why:
        lines.append(f"  why not:  {finding.why}")
    lines += [f"  evidence: {each}" for each in finding.evidence if each]
    return "\n".join(lines)


def dialect_text(proposals: Proposals, about: About) -> str:
    """A file that a rig file may name: only what is otherwise than today."""
    entries = {kind: dict(each) for kind, each in proposals.items() if each}
    DialectFile.model_validate(entries)  # what cannot be read again must not be proposed
    head = (
        f"# How the consoles of rig {about.rig} speak, otherwise than hil expects: proposed by `hil learn`.\n"
        f"# {about.note}. Name this file in the rig file (dialects: PATH).\n"
    )
    body = yaml.safe_dump(entries, allow_unicode=True, sort_keys=True, width=1000)
    return head + (body if entries else "# Nothing is otherwise.\n{}\n")


def notes_text(found: Sequence[Finding], about: About) -> str:
    """What to write under `value` and `lab` of hil/simulator/assumptions.yaml."""
    groups: dict[str, dict[str, object]] = {}
    for each in found:
        if each.verdict in (Verdict.AGREES, Verdict.DIFFERS) and is_assumption(each.name):
            group, _, name = each.name.partition(".")
            note: Mapping[str, object] = {"value": each.measured, "lab": about.note}
            groups.setdefault(group, {})[name] = note
    head = (
        "# For hil/simulator/assumptions.yaml: the value that was measured, and who did it. Values that agree\n"
        "# within a quarter may stay as they are; the lab note is worth its place all the same.\n"
    )
    body = yaml.safe_dump(groups, allow_unicode=True, sort_keys=True, width=1000)
    return head + (body if groups else "{}\n")
