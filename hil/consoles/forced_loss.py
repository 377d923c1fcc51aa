"""Taking a node out of the network and letting it back in: the interface page's recipe, made safe.

The page says: verbose on, `znr`, wait for WAITING TO JOIN, `zb at DJ 1` a few times until all the
prints stop. What it does not say: DJ only forbids the *next* join, so an association that is
under way still succeeds and leaves the node joined with DJ 1. That is looked for, and the recipe
begun again. After DJ 1 and 0 an XBee is reported to stay at AI FF until it is reset (two Digi
forum threads): `rejoin` restarts the radio then, and where that does not help and the bench can,
cuts its power.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, Self

from hil.consoles.dialect import Dialect
from hil.errors import Changed, NotInTime, RadioBusy, RadioStuck
from hil.evidence.timeline import Kind
from hil.vocabulary.zigbee import AssociationCode

if TYPE_CHECKING:
    from hil.consoles.node import Node

DROP_WITHIN_S = 120.0
REJOIN_WITHIN_S = 60.0
"""A join takes 15 to 25 s where nothing goes wrong."""

STARTED_WITHIN_S = 120.0
"""For a device that got its power back to answer on its console; about 10 s where all is well."""

ROUNDS = 3
"""How often the race between DJ 1 and an association may be lost."""
LOOK_EVERY_S = 2.0
"""Between two looks at AI while a join is waited for."""


class PowerCycle(Protocol):
    """Cuts the power of one device, long enough, and restores it; returns before it has booted."""

    def __call__(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Times:
    """The times of a drop in rig seconds, from what the dialect says of the device's own."""

    leave_within_s: float
    """From `znr` to WAITING TO JOIN; the leave itself takes about 2 s."""
    forbid_every_s: float
    """Between two `DJ 1`: as long as the CLI waits for a radio that does not answer."""
    silent_s: float
    """No print for so long means no join will be tried."""
    silent_within_s: float
    """When silence is no longer waited for; AI decides then."""
    proof_s: float
    """Apart are the two looks at AI that prove it."""

    @classmethod
    def of(cls, dialect: Dialect) -> Self:
        tick_s = dialect.join_every_s
        return cls(
            leave_within_s=6 * tick_s,
            forbid_every_s=dialect.at_timeout_s,
            silent_s=3 * tick_s,
            silent_within_s=12 * tick_s,
            proof_s=2 * tick_s,
        )


@dataclass(frozen=True, slots=True)
class Dropped:
    """A node was taken out of the network, and has been seen to stay out."""

    at_s: float
    """Rig second at which it said that it was out, in the round that held."""
    rounds: int
    """How often it was made to leave; each one above 1 lost the race against a join."""
    took_s: float
    """Rig seconds from the call to the proof."""


@dataclass(frozen=True, slots=True)
class Rejoined:
    """A node is back in the network."""

    took_s: float
    """Rig seconds from allowing it to join until AI was seen 0."""
    by: Literal["enable joining", "radio reset", "power cycle"]


class _Story:
    """The steps of one recipe: on the timeline as they happen, and in the error at the end."""

    def __init__(self, node: "Node", *, within_s: float) -> None:
        self._node, self._within_s = node, within_s
        self.times = _Times.of(node.console.dialect)
        self._started_s = node.console.clock.now()
        self._steps: list[tuple[float, object]] = []

    @property
    def elapsed_s(self) -> float:
        return self._node.console.clock.now() - self._started_s

    def step(self, text: str, kind: Kind = Kind.STEP) -> None:
        self._steps.append((self.elapsed_s, text))
        self._node.console.note(kind, f"forced loss: {text}")

    def left_s(self, at_most_s: float) -> float:
        """What may still be spent on a step.

        Raises:
            NotInTime: nothing.
        """
        left_s = self._within_s + self._node.console.clock.grain_s - self.elapsed_s
        if left_s <= 0:
            raise self.not_in_time()
        return min(at_most_s, left_s)

    def not_in_time(self) -> NotInTime:
        return NotInTime(
            f"{self._node.console.device}: out of the network and kept out",
            within_s=self._within_s,
            history=self._steps,
        )


def drop_from_network(node: "Node", *, within_s: float) -> Dropped:
    """Make `node` leave, forbid it to join, and prove that it stays out: AI not 0, twice.

    Raises:
        WrongDevice: another device answers on this line.
        NotInTime: it took longer, or it joined again in each of three rounds; tells the steps.
    """
    story = _Story(node, within_s=within_s)
    node.check_identity()
    node.verbose(True)
    for round_number in range(1, ROUNDS + 1):
        story.left_s(story.times.leave_within_s)
        story.step(f"round {round_number}: leave")
        left_at_s = _leave(node, story)
        story.step("out; forbid joining until it is silent")
        _forbid_joining(node, story)
        story.step("prove that it stays out")
        if _stays_out(node, story):
            story.step("out, and stays out")
            story.left_s(story.times.proof_s)
            return Dropped(at_s=left_at_s, rounds=round_number, took_s=story.elapsed_s)
    raise story.not_in_time()


def rejoin(node: "Node", *, within_s: float) -> Rejoined:
    """Allow `node` to join and wait until it has.

    Where its radio is stuck, restarts that, and then cuts its power, as far as this device and
    this bench can. Each way gets `within_s` rig seconds.

    Raises:
        RadioStuck: it stayed at AI FF, and this rig can do no more about it.
        NotInTime: it stayed out for another reason (AI 23: window closed, AF: wrong key …), or
            did not start after a power cut.
        WrongDevice: after a power cut another device answers on this line.
    """
    console = node.console
    started_s = console.clock.now()
    tried = [repr(console.dialect.at_command("DJ 0"))]
    node.enable_joining()
    if _joins(node, tried[-1], within_s):
        return Rejoined(console.clock.now() - started_s, by="enable joining")
    if console.dialect.radio_reset is not None:
        _next_rung(node, tried, repr(console.dialect.radio_reset), within_s)
        node.restart_radio()
        _allow_joining_again(node)
        if _joins(node, tried[-1], within_s):
            return Rejoined(console.clock.now() - started_s, by="radio reset")
    if node.power_cycle is not None:
        _next_rung(node, tried, "a power cut", within_s)
        _cut_power(node, node.power_cycle)
        if _joins(node, tried[-1], within_s):
            return Rejoined(console.clock.now() - started_s, by="power cycle")
    raise _stuck(node, tried, within_s)


def start_anew(node: "Node") -> None:
    """Cut the power of `node`, which says that it has joined and is not heard.

    Its radio is restarted instead where this bench has no outlet of it; nothing happens where its
    dialect has nothing for that either.

    Raises:
        NotInTime: it did not start after a power cut.
        WrongDevice: after a power cut another device answers on this line.
    """
    if node.power_cycle is not None:
        node.console.note(Kind.TROUBLE, "says that it has joined, and is not heard; cut its power")
        _cut_power(node, node.power_cycle)
    elif node.restart_radio():
        node.console.note(
            Kind.TROUBLE, "said that it had joined, and was not heard; radio restarted"
        )
        _allow_joining_again(node)


def _next_rung(node: "Node", tried: list[str], rung: str, within_s: float) -> None:
    node.console.note(Kind.TROUBLE, f"stuck at AI FF {within_s:g} s after {tried[-1]}; try {rung}")
    tried.append(rung)


def _cut_power(node: "Node", power_cycle: PowerCycle) -> None:
    power_cycle()
    node.waiting.until(
        node.console.answers,
        bool,
        what=f"{node.console.device}: its console answers after a power cut",
        measures="time to start",
        within_s=STARTED_WITHIN_S,
        every_s=LOOK_EVERY_S,
    )
    node.check_identity()  # the outlet may be another device's, and a USB adapter may have moved
    _allow_joining_again(node)
    node.console.note(Kind.STEP, "has booted after a power cut, and is the one that is meant")


def _leave(node: "Node", story: _Story) -> float:
    waiting_to_join = node.console.dialect.waiting_to_join
    mark = node.console.mark()
    node.reset_network()
    try:
        line = node.console.wait_for_line(
            re.escape(waiting_to_join),
            since=mark,
            within_s=story.left_s(story.times.leave_within_s),
        )
    except NotInTime:
        # The line may be lost, or not said by a node that was out already: ask.
        if waiting_to_join not in node.pairing().zb:
            raise
        story.step(f"{waiting_to_join!r} was not logged, but psts says so", Kind.TROUBLE)
        return node.console.clock.now()
    return node.console.clock.now() if line.at_s is None else line.at_s


def _forbid_joining(node: "Node", story: _Story) -> None:
    """Repeat DJ 1 until it was heard and nothing has been logged since for a while."""
    clock, times, mark = node.console.clock, story.times, node.console.mark()
    heard_s: list[float] = []

    def silent_s() -> float:
        try:
            node.console.ask(node.console.dialect.at_command("DJ 1"))
            heard_s.append(clock.now())
        except RadioBusy as busy:
            node.console.note(Kind.TROUBLE, f"radio busy, DJ 1 was not heard: {busy.reply}")
        if not heard_s:
            return 0.0
        logged = [line.at_s for line in node.console.log_since(mark) if line.at_s is not None]
        return clock.now() - max([heard_s[0], *logged[-1:]])

    try:
        node.waiting.until(
            silent_s,
            lambda silent: silent >= times.silent_s,
            what=f"{node.console.device}: silent for {times.silent_s:g} s with joining forbidden",
            measures="time until silent",
            within_s=story.left_s(times.silent_within_s),
            every_s=times.forbid_every_s,
            show=lambda silent: f"{silent:.0f} s",
        )
    except NotInTime:
        story.left_s(times.silent_within_s)  # the end of the whole budget is another matter
        if not heard_s:
            raise
        story.step(f"still logging after {times.silent_within_s:g} s; AI decides", Kind.TROUBLE)


def _stays_out(node: "Node", story: _Story) -> bool:
    try:
        node.waiting.stays(
            node.association,
            lambda code: code != AssociationCode.JOINED,
            what=f"{node.console.device}: out of the network",
            for_s=story.times.proof_s,
            every_s=story.times.proof_s,
            show=_shown,
        )
    except Changed:
        story.step("joined all the same: an association was under way at DJ 1", Kind.TROUBLE)
        return False
    return True


def _allow_joining_again(node: "Node") -> None:
    """After a restart, where that brings back a default of `DJ 1`."""
    if node.joining_disabled():
        node.enable_joining()


def _joins(node: "Node", after: str, within_s: float) -> bool:
    """Whether it is back in time; False where its radio is stuck.

    Stuck is at AI FF for the whole of the second half: one that is refused shows FF as well,
    but only while it scans.

    Raises:
        NotInTime: it stayed out for another reason.
    """
    try:
        node.waiting.until(
            node.association,
            lambda code: code == AssociationCode.JOINED,
            what=f"{node.console.device}: back in the network after {after}",
            measures="time to rejoin",
            within_s=within_s,
            every_s=LOOK_EVERY_S,
            show=_shown,
        )
    except NotInTime as late:
        since_s, code = late.history[-1]
        if code != _shown(AssociationCode.SEARCHING) or since_s > within_s / 2:
            raise
        return False
    return True


def _stuck(node: "Node", tried: list[str], within_s: float) -> RadioStuck:
    more = [] if node.console.dialect.radio_reset else ["its dialect has no radio_reset"]
    if node.power_cycle is None:
        more.append(
            "cut its power and restore it by hand: this rig has no power switch with its outlet"
        )
    else:
        more.append("suspect the radio, or an outlet in the rig file that is another device's")
    return RadioStuck(
        f"{node.console.device} (console on {node.console.where}) stays out of the network at AI "
        f"FF: tried {', then '.join(tried)} ({within_s:g} s each); {'; '.join(more)}"
    )


def _shown(code: int) -> str:
    return f"AI {code:02X}"
