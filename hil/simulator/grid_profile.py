"""How a grid profile reaches the devices: one after the other, with retries.

A device replaces all records together when it acknowledges, so it never holds a mixture.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hil.simulator.inverters import Inverters
from hil.simulator.network import Network
from hil.simulator.site_file import ProfileTruth
from hil.simulator.world import World

ACTOR = "grid profile"


class TargetState(StrEnum):
    """How far one device has got with the active profile."""

    PENDING = "pending"
    TXN = "transaction"
    RETRY = "retry"
    FAILED = "failed"
    """Gave up for now; tried again every `retry_every_s`."""
    APPLIED = "applied"


class TargetEvent(StrEnum):
    """What happens to it."""

    ACTIVATED = "activated"
    """Another profile has become the active one."""
    STARTED = "started"
    ACKNOWLEDGED = "acknowledged"
    UNANSWERED = "unanswered"
    EXHAUSTED = "exhausted"
    """Unanswered once more, with no retry left."""


_S, _E = TargetState, TargetEvent

TABLE: Mapping[TargetState, Mapping[TargetEvent, TargetState]] = {
    _S.PENDING: {_E.ACTIVATED: _S.PENDING, _E.STARTED: _S.TXN},
    _S.TXN: {
        _E.ACTIVATED: _S.PENDING,
        _E.ACKNOWLEDGED: _S.APPLIED,
        _E.UNANSWERED: _S.RETRY,
        _E.EXHAUSTED: _S.FAILED,
    },
    _S.RETRY: {_E.ACTIVATED: _S.PENDING, _E.STARTED: _S.TXN},
    _S.FAILED: {_E.ACTIVATED: _S.PENDING, _E.STARTED: _S.TXN},
    _S.APPLIED: {_E.ACTIVATED: _S.PENDING},
}
"""State, event → state."""


@dataclass
class Target:
    """A device that is to carry the profile. `carries` is what its records say now."""

    serial_number: str
    is_inverter: bool
    carries: ProfileTruth
    state: TargetState = TargetState.APPLIED
    unanswered: int = 0
    was_away: bool = False
    """Whether it was given up once since the profile changed."""


class Propagation:
    """The gateway's profile and its way into every device.

    `targets` are in the order of propagation: Enpower, Encharges, inverters.
    """

    def __init__(
        self,
        world: World,
        *,
        network: Network,
        nodes: Sequence[str],
        inverters: Inverters,
        active: ProfileTruth,
    ) -> None:
        self._world, self._network, self._inverters = world, network, inverters
        self.active = active
        self.targets = {serial: Target(serial, False, active) for serial in nodes}
        serials = tuple(inverters.by_serial_number)
        self.targets |= {serial: Target(serial, True, active) for serial in serials}
        self._last_inverter = serials[-1] if serials else None
        self._waiting: deque[str] = deque()
        self._timer: int | None = None
        self._activations = 0
        self._switch = next(iter(nodes), None)
        self.on_taken_over: Callable[[], None] = _nobody
        """Called when a device has taken over another profile."""
        world.add(ACTOR, self)

    @property
    def in_force(self) -> ProfileTruth:
        """What stands between site and grid acts by this: its own records, not what was accepted.

        The Enpower's; of the first battery where there is none, and the gateway's where there is neither.
        """
        if self._switch is None:
            return self.active
        return self.targets[self._switch].carries

    @property
    def is_settled(self) -> bool:
        """Whether every device has acknowledged the active profile."""
        return all(target.state is TargetState.APPLIED for target in self.targets.values())

    def activate(self, profile: ProfileTruth) -> None:
        """Make `profile` the active one; what was under way for another is dropped."""
        self.active = profile
        self._activations += 1
        for target in self.targets.values():
            self._happen(target, TargetEvent.ACTIVATED)
            target.unanswered, target.was_away = 0, False
        self._waiting = deque(self.targets)
        self._world.cancel(self._timer)
        self._start_next()

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A transaction ends, or a pause before the next try does."""
        serial = str(payload["serial"])
        target = self.targets[serial]
        if event == "answer due":
            self._finish(target)
        elif event == "retry":
            self._start(target)
        elif event == "try again" and payload["activation"] == self._activations:
            is_idle = not self._waiting and self._timer is None
            self._waiting.append(serial)
            if is_idle:
                self._start_next()

    def _start_next(self) -> None:
        self._timer = None
        if self._waiting:
            self._start(self.targets[self._waiting.popleft()])

    def _start(self, target: Target) -> None:
        self._happen(target, TargetEvent.STARTED)
        assumed = self._world.assumptions.profile
        takes_s = assumed.inverter_s if target.is_inverter else assumed.device_s
        self._timer = self._world.after(takes_s, ACTOR, "answer due", serial=target.serial_number)

    def _finish(self, target: Target) -> None:
        assumed = self._world.assumptions.profile
        if self._answers(target):
            self._happen(target, TargetEvent.ACKNOWLEDGED)
            if not self._forgets_to_apply(target):
                target.carries = self._records_for(target)
            self.on_taken_over()
            self._start_next()
            return
        target.unanswered += 1
        if target.unanswered <= assumed.retries:
            self._happen(target, TargetEvent.UNANSWERED)
            self._timer = self._world.after(
                assumed.retry_s, ACTOR, "retry", serial=target.serial_number
            )
            return
        target.unanswered, target.was_away = 0, True
        self._happen(target, TargetEvent.EXHAUSTED)
        if not self._world.has_defect("profile-never-retried"):
            self._world.after(
                assumed.retry_every_s,
                ACTOR,
                "try again",
                serial=target.serial_number,
                activation=self._activations,
            )
        self._start_next()

    def _answers(self, target: Target) -> bool:
        if not self._network.powered:
            return False
        lost = self._world.chance(target.serial_number, "profile transaction")
        if lost < self._world.assumptions.profile.no_answer_prob:
            return False
        if target.is_inverter:
            return self._inverters.answers(target.serial_number)
        return self._network.is_operational(target.serial_number)

    def _records_for(self, target: Target) -> ProfileTruth:
        mixes = target.is_inverter and target.was_away
        if mixes and self._world.has_defect("late-inverter-mixes-profiles"):
            return self.active.model_copy(update={"frt": target.carries.frt})
        return self.active

    def _forgets_to_apply(self, target: Target) -> bool:
        if target.serial_number == self._switch:
            return self._activations > 1 and self._world.has_defect("switch-keeps-old-profile")
        return target.serial_number == self._last_inverter and self._world.has_defect(
            "inverter-keeps-old-profile"
        )

    def _happen(self, target: Target, event: TargetEvent) -> None:
        target.state = TABLE[target.state][event]


def _nobody() -> None:
    pass
