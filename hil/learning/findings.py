"""What was believed, what was measured, and whether they agree; with the evidence for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from hil.simulator.assumptions import noted

NEARLY = 0.25
"""A time agrees with what was believed within this part of it: nobody believed it more exactly."""


class Verdict(StrEnum):
    """How what was believed stands."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNMEASURED = "could not be measured"
    NEWS = "not believed anything yet"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the rig."""

    name: str
    """`cli.at_timeout_s` of assumptions.yaml; `encharge 122…: prompt` of a dialect; else words."""
    verdict: Verdict
    believed: object = None
    source: str = ""
    measured: object = None
    evidence: tuple[str, ...] = ()
    """Bytes and requests as they were, with rig seconds; secrets masked."""
    why: str = ""
    """Where it could not be measured."""


@dataclass
class Findings:
    """All of them. `scrub` masks secrets, `tell` is told of each as it is found."""

    scrub: Callable[[str], str]
    tell: Callable[[Finding], None] = lambda _: None
    found: list[Finding] = field(default_factory=list)

    def number(
        self,
        assumption: str,
        values: Sequence[float],
        evidence: Sequence[str],
        *,
        grain_s: float = 0.0,
    ) -> None:
        """Times measured, of which the median counts; `grain_s` is what the measuring may cost."""
        believed, source = belief(assumption)
        assert isinstance(believed, int | float)
        middle = percentile(values, 50)
        near = abs(middle - believed) <= NEARLY * abs(believed) + grain_s
        measured: object = round(middle, 3)
        if len(values) > 1:
            spread = f"p50 {middle:.3f}, p95 {percentile(values, 95):.3f}, {len(values)} times"
            evidence = [spread, *evidence]
        self.compared(assumption, believed, measured, evidence, source=source, agrees=near)

    def compared(
        self,
        name: str,
        believed: object,
        measured: object,
        evidence: Sequence[str] = (),
        *,
        source: str,
        agrees: bool | None = None,
    ) -> bool:
        """Anything; it agrees where both are the same, or where somebody knows better. Whether."""
        agrees = believed == measured if agrees is None else agrees
        verdict = Verdict.AGREES if agrees else Verdict.DIFFERS
        self._add(Finding(name, verdict, believed, source, measured, tuple(evidence)))
        return agrees

    def news(self, name: str, measured: object, evidence: Sequence[str] = ()) -> None:
        """Something of which nothing was believed."""
        self._add(Finding(name, Verdict.NEWS, measured=measured, evidence=tuple(evidence)))

    def unmeasured(
        self, name: str, why: str, evidence: Sequence[str] = (), *, believed: object = None
    ) -> None:
        """`name` an assumption's, or `believed` what else was."""
        source = ""
        if believed is None and is_assumption(name):
            believed, source = belief(name)
        self._add(
            Finding(name, Verdict.UNMEASURED, believed, source, evidence=tuple(evidence), why=why)
        )

    def of(self, verdict: Verdict) -> list[Finding]:
        """Those with this verdict."""
        return [each for each in self.found if each.verdict is verdict]

    def _add(self, finding: Finding) -> None:
        finding = replace(
            finding,
            believed=self._scrubbed(finding.believed),
            measured=self._scrubbed(finding.measured),
            evidence=tuple(self.scrub(each) for each in finding.evidence),
            why=self.scrub(finding.why),
        )
        self.found.append(finding)
        self.tell(finding)

    def _scrubbed(self, value: object) -> object:
        return self.scrub(value) if isinstance(value, str) else value


def is_assumption(name: str) -> bool:
    """Whether it stands in assumptions.yaml."""
    group, _, key = name.partition(".")
    return key in noted().get(group, {})


def belief(assumption: str) -> tuple[object, str]:
    """Its value today, and where that comes from."""
    group, _, key = assumption.partition(".")
    entry = noted()[group][key]
    lab = f"; lab: {entry['lab']}" if entry["lab"] else ""
    return entry["value"], f"{entry['source']}{lab}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest rank's."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]
