"""What somebody who was asleep reads first of a failure: promised, seen, whose fault and why, where to look.

Plain text behind the headline, so that a terminal, JUnit and the report say the same.
"""

from collections.abc import Sequence

from hil.errors import (
    Changed,
    CommandRefused,
    ConsoleSilent,
    DeviceDied,
    EquipmentRefused,
    HilError,
    KeeperLost,
    LineLost,
    NotAnEnvoy,
    NotAuthorized,
    NotInTime,
    ProductError,
    Refused,
    RestoreFailed,
    RigError,
    RigOut,
    SimulatorLost,
    StoppedAnswering,
    SuiteError,
    Unintelligible,
    Unreachable,
    WrongBuild,
    WrongCertificate,
    WrongDevice,
)
from hil.evidence.timeline import Event, Kind
from hil.plugin.blame import Phase
from hil.plugin.promises import Promise
from hil.plugin.seen import first_cause, gone_together, last_asked, meanwhile, seen
from hil.qualification.progress import Verdict
from hil.vocabulary.blame import Blame

_LOOK: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((RigOut,), "what took the rig out: {first}; then `hil doctor --rig {rig}`"),
    ((RestoreFailed,), "what could not be put back, named above; then `hil safe --rig {rig}`"),
    ((KeeperLost,), "keeper.log in the run's folder, and whether something killed it (out of memory, a CI runner)"),
    ((SimulatorLost,), "simulator.log in the run's folder: the simulated rig is gone, no device is at fault"),
    ((NotAuthorized,), "what the message says of the token, then `envoy.auth` in the rig file"),
    ((WrongCertificate,), "who is at that address now; where the gateway was reset or updated, its new fingerprint for the rig file"),
    ((WrongDevice,), "the rig file's entry of that device (port, serial number, key), then whether cables were swapped"),
    ((WrongBuild,), "what is installed on the gateway, and `expected` in the rig file: one of them is not what you meant"),
    ((NotAnEnvoy,), "what answers at the gateway's address (open it in a browser): a router, a proxy, a login page?"),
    ((EquipmentRefused,), "the instrument named above: its own log, and its address in the rig file"),
    ((Unreachable,), "power and network of what is named above: `curl` its address from this machine"),
    ((LineLost,), "adapter, cable and hub of the console named above, and its log (a line with `!` is the gap)"),
    ((ConsoleSilent, StoppedAnswering), "the last lines of that console (attached, or consoles/ in the run's folder), its power, its cable"),
    ((DeviceDied,), "the last words on that console (attached): they are the device's own"),
    ((Unintelligible,), "the answer itself, under HTTP or the console (attached): it is not what this firmware promised"),
    ((Refused, CommandRefused), "the last exchange before the failure (attached): what was sent, and the whole answer"),
    ((NotInTime, Changed), "the timeline (attached), key f: what was asked and what the devices said while it was waited for"),
    ((RigError,), "`hil doctor --rig {rig}`: what of the bench does not answer as the rig file says"),
    ((SuiteError,), "the file or test named above: nothing about the device is proved either way"),
    ((AssertionError,), "the two values compared in the trace, then the last answer of the device (attached)"),
)  # fmt: skip
"""By kind of error, the first that fits."""

_SHARED = (
    "what they share: the bench's power, its USB hub or serial server, its network switch; of a simulated "
    "rig, whether `hil simulate` still runs"
)
"""Where most of a bench went at once."""

_OUTSIDE = {
    "setup": "the test's world could not be made: what is promised was not tried yet",
    "teardown": "the rig could not be put back: the test itself was over",
}

_WHOSE = {
    Blame.PRODUCT: "the product's",
    Blame.UNCONFIRMED: "nobody's yet",
    Blame.KNOWN: "the product's, as is known",
    Blame.RIG: "the bench's",
    Blame.SUITE: "the suite's",
    Blame.ABORTED: "whoever ended the run",
}


def first_screen(
    error: BaseException | None,
    *,
    phase: Phase,
    blame: Blame,
    promise: Promise | None,
    events: Sequence[Event],
    rig: str,
    first: Verdict | None = None,
) -> str:
    """A few lines, each with a word in front; of a rig whose timeline is `events`.

    `first` is the finding that the rig is out of use since, of a test that was not run for that.
    """
    cause = first_cause(error)
    lines = {
        "promised": _promised(promise) if promise is not None else "",
        "seen": _out(cause, first) if isinstance(cause, RigOut) else seen(cause, events),
        "last asked": last_asked(cause, events),
        "meanwhile": meanwhile(cause, events),
        "looks like": f"{_WHOSE[blame]}, since {_why(cause, phase, blame, events)}",
        "look first": _look(cause, events, rig=rig, first=first.nodeid if first else ""),
    }
    return "\n".join(f"{word + ':':<11} {text}" for word, text in lines.items() if text)


def _out(error: RigOut, first: Verdict | None) -> str:
    """Of a test that was not run: since when the rig is out, after which test, and what began it."""
    told = f"nothing was tried: the rig is out since {error.since}"
    if first is None:
        return told
    began = first.headline.partition("; suspect ")[0]
    return f"{told}, after {first.nodeid.rpartition('::')[2]}, which had ended with: {began}"


def _promised(promise: Promise) -> str:
    bounds = ", ".join(_in_words(name, value) for name, value in promise.bounds.items())
    return promise.sentence + (f" ({bounds})" if bounds else "")


def _in_words(bound: str, value: float) -> str:
    """`open_within_s`, 90 → `open within 90 s`."""
    *words, unit = bound.split("_")
    shown = {"w": "W", "wh": "Wh", "v": "V", "hz": "Hz", "pct": "%"}.get(unit, unit)
    return f"{' '.join(words)} {value:g} {shown}"


def _why(error: BaseException | None, phase: Phase, blame: Blame, events: Sequence[Event]) -> str:
    """One reason, the one that decided."""
    named = type(error).__name__ if error is not None else "the failure"
    match blame:
        case Blame.KNOWN:
            return "known-bugs.yaml lists it"
        case Blame.UNCONFIRMED:
            return "what is promised is our assumption; the lab has to confirm it"
        case Blame.ABORTED:
            return "the run was ended while this was running"
        case Blame.PRODUCT:
            return f"the test's own check failed, {_bench_was(events)}"
        case Blame.SUITE:
            return f"{named} is an error of the test or of a file of ours, not of a device"
    if gone := gone_together(events):
        return _gone(gone)
    if phase != "call" and isinstance(error, ProductError | AssertionError):
        return _OUTSIDE[phase]
    if isinstance(error, HilError):
        return f"{named} means: {_meaning(error)}"
    return "time was up without a verdict on the device"


def _gone(gone: Sequence[Event]) -> str:
    """That they went at once: no single device or cable does that."""
    within_s = gone[-1].rig_s - gone[0].rig_s
    return (
        f"{len(gone)} wires went silent within {within_s:.1f} s, which no device does to the others"
    )


def _bench_was(events: Sequence[Event]) -> str:
    """Whether the bench had trouble, too; a product's bug is believed more easily without."""
    # What the suite notes of its own is no trouble of a wire.
    found = [event for event in events if event.kind is Kind.TROUBLE and event.wire != "suite"]
    if not found:
        return "and no wire of the bench was in trouble"
    said = found[-1].text.partition("\n")[0]
    return f"though the bench had trouble too ({found[-1].rig_s:.2f} s, {found[-1].wire}: {said})"


def _meaning(error: HilError) -> str:
    words = (type(error).__doc__ or "").strip().partition("\n")[0].partition(". ")[0]
    return words.rstrip(".").lower().replace("envoy", "Envoy")


def _look(error: BaseException | None, events: Sequence[Event], *, rig: str, first: str) -> str:
    if isinstance(error, RigError) and gone_together(events):
        return _SHARED
    for kinds, text in _LOOK:
        if isinstance(error, kinds):
            return text.format(rig=rig, first=first or "the first failure of this rig in this run")
    return "the trace: the error is none that a device or a bench raises"
