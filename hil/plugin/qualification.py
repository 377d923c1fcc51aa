"""Whose a failure is in the light of what is assumed, what is known and what the rig must prove.

What a whole run proves is in hil/qualification/promises.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from hil.files.closed_yaml import did_you_mean
from hil.plugin.known_bugs import KnownBug
from hil.plugin.markers import promise_id
from hil.plugin.run import Run
from hil.rig.rig_file import RigFile, SimulatorClockEntry
from hil.vocabulary.blame import Blame


@dataclass(frozen=True, slots=True)
class Finer:
    """The blame of a failure in the light of what is assumed and what is known."""

    blame: Blame
    notes: tuple[str, ...] = ()
    """What the first line says of it."""
    bug: KnownBug | None = None


def is_bench(run: Run) -> bool:
    """Whether the rig is not simulated by this run; one in virtual time counts as simulated."""
    described = run.description
    return isinstance(described, RigFile) and not isinstance(described.clock, SimulatorClockEntry)


def finer(who: Blame, item: pytest.Item, run: Run) -> Finer:
    """What is the product's by exception and phase may be known, or unconfirmed."""
    promised = promise_id(item)
    if who is not Blame.PRODUCT or promised is None or promised not in run.promises:
        return Finer(who)
    notes = []
    if run.known_bugs is not None:
        known, expired = run.known_bugs.of(promised, test_name(item), run.firmware)
        if known is not None:
            return Finer(Blame.KNOWN, (f"known bug {known.tracker}: {known.summary}",), known)
        if expired is not None:
            notes = [f"known bug {expired.tracker} expired on {expired.expires}"]
    is_assumed = run.promises[promised].grade == "assumed"
    if is_assumed and is_bench(run) and promised not in _confirmed(run):
        notes.append(
            "unconfirmed: the promise rests on an assumption, not on a source; where the lab knows "
            f"it to be true, confirm it in the rig file (confirmed: [{promised}])"
        )
        return Finer(Blame.UNCONFIRMED, tuple(notes))
    return Finer(who, tuple(notes))


def check_promises_of_the_rig(run: Run, known: Iterable[str]) -> None:
    """Compare the rig file's `confirmed` and `must_prove` with `known`, all promises there are.

    Raises:
        pytest.UsageError: one is not there; names the nearest.
    """
    known = list(known)
    areas = list(dict.fromkeys(each.partition("-")[0] for each in known))
    for key, names, among in (
        ("confirmed", _confirmed(run), known),
        ("must_prove", _asked(run), [*known, *areas]),
    ):
        for name in names:
            if name not in among:
                # An area's name is close to each of its promises, so it is compared with areas only.
                hint = did_you_mean(name, known if "-" in name else areas)
                raise pytest.UsageError(
                    f"--rig {run.rig_name}: {key}: no promise {name!r} in docs/promises.yaml; {hint}"
                )


def live_bugs(run: Run) -> list[KnownBug]:
    """The known bugs that have not expired."""
    if run.known_bugs is None:
        return []
    return [bug for bug in run.known_bugs.bugs if not run.known_bugs.has_expired(bug)]


def must_be_proved(run: Run) -> set[str]:
    """The promises without whose proof a run on this rig is not green, by id."""
    asked = set(_asked(run))
    return {each for each in run.promises if asked & {each, each.partition("-")[0]}}


def _confirmed(run: Run) -> tuple[str, ...]:
    return run.description.confirmed if isinstance(run.description, RigFile) else ()


def _asked(run: Run) -> tuple[str, ...]:
    return run.description.must_prove if isinstance(run.description, RigFile) else ()


def test_name(item: pytest.Item) -> str:
    """What known-bugs.yaml calls a test: its name without parameters."""
    return str(getattr(item, "originalname", None) or item.name)
