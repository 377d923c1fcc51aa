"""What the gateway knows of its devices over time: polls, reports, and who is given up as lost.

Rates are computed from the counters of two public sites; what shows when is assumed.
"""

from dataclasses import dataclass
from typing import Protocol

from hil.simulator.gateway_clock import GatewayClock
from hil.simulator.world import World


@dataclass(frozen=True, slots=True)
class NodeView:
    """One device as the gateway sees it now."""

    serial_number: str
    communicating: bool
    joined: bool
    """Whether the coordinator counts it among its nodes."""
    last_report_unix: int
    """`last_rpt_date`: frozen while the device is away."""
    retries: int
    """`msg_retry_count`: polls that were not answered."""
    last_answer_s: float
    """Rig seconds at which it last answered a poll."""


class Ether(Protocol):
    """What polling needs of the radio network."""

    def is_operational(self, serial_number: str) -> bool:
        """Whether that device is in the network, configured and able to answer now."""

    def fading(self, serial_number: str) -> float:
        """Which part of what goes to that device is lost on the way."""

    def is_joined(self, serial_number: str) -> bool:
        """Whether the coordinator counts that device among its nodes."""

    def count_poll(self, *, delivered: bool, answered: bool) -> None:
        """Count a poll among the radio's packets."""

    def lost(self, serial_number: str) -> None:
        """The gateway has given this device up."""

    def heard_again(self, serial_number: str) -> None:
        """The gateway hears this device again."""


LATE_ROUNDS = 10
"""By so many rounds the defect shows a device too late."""
AHEAD_S = 600
"""By so much a defect dates reports ahead: more than one is ever old."""


@dataclass
class Contact:
    """The gateway's own notes on one device; times are rig seconds."""

    last_answer_s: float
    last_report_s: float | None
    """None: nothing since the gateway has started."""
    communicating: bool
    was_lost: bool = False
    """Whether it has ever been given up."""
    retries: int = 0
    rounds_back: int = 0
    """Network statuses in a row that have found it able to answer."""
    next_poll: int | None = None
    answered_unix: float = 0.0
    reported_unix: float = 0.0
    """By the gateway's clock as it was then; for defects."""


class Polling:
    """The gateway's rounds. Every device in the inventory is polled, present or not."""

    NAME = "gateway polling"

    def __init__(self, world: World, ether: Ether, clock: GatewayClock) -> None:
        self._world, self._ether, self._clock = world, ether, clock
        self._contacts: dict[str, Contact] = {}
        world.add(self.NAME, self)
        self._round: int | None = None
        clock.on_set = self._clock_was_set
        self._next_round()

    @property
    def inventory(self) -> tuple[str, ...]:
        """Serial numbers of the devices the gateway lists, in the order it met them."""
        return tuple(self._contacts)

    def meet(self, serial_number: str, *, communicating: bool = False) -> bool:
        """Take a device into the inventory, with its first report; False where it is there already.

        A new one counts as communicating from the next network status on.
        """
        if serial_number in self._contacts:
            return False
        now_s = self._world.now_s
        contact = Contact(last_answer_s=now_s, last_report_s=now_s, communicating=communicating)
        self._contacts[serial_number] = contact
        phase = self._world.chance(serial_number, "poll phase")
        self._poll_after(serial_number, phase * self._world.assumptions.zigbee.poll_s)
        return True

    def forget(self, serial_number: str) -> None:
        """Take a device out of the inventory."""
        contact = self._contacts.pop(serial_number, None)
        if contact is not None:
            self._world.cancel(contact.next_poll)

    def stop(self) -> None:
        """The gateway loses its power, and with it what it has heard of anybody."""
        self._world.cancel(self._round)
        for contact in self._contacts.values():
            self._world.cancel(contact.next_poll)
            contact.communicating, contact.retries = False, 0
            contact.last_report_s = None

    def restart(self) -> None:
        """The gateway is up again: who answers counts as communicating from the next round on."""
        for serial_number in self._contacts:
            phase = self._world.chance(serial_number, "poll phase")
            self._poll_after(serial_number, phase * self._world.assumptions.zigbee.poll_s)
        self._next_round()

    def reported(self, serial_number: str) -> bool:
        """Whether a report that came in is taken: not of a device outside the inventory."""
        contact = self._contacts.get(serial_number)
        if contact is None:
            return False
        if contact.was_lost and self._world.has_defect("rejoined-node-never-reports"):
            return False
        contact.last_report_s = self._world.now_s
        contact.reported_unix = self._clock.unix_time
        return True

    def give_up(self, serial_number: str) -> None:
        """Count a device as lost, whatever it has answered; for a defect."""
        if (contact := self._contacts.get(serial_number)) is not None:
            contact.communicating, contact.was_lost = False, True
            self._ether.lost(serial_number)

    def view(self, serial_number: str) -> NodeView:
        """One device as the gateway sees it now.

        Raises:
            KeyError: it is not in the inventory.
        """
        contact = self._contacts[serial_number]
        return NodeView(
            serial_number=serial_number,
            communicating=contact.communicating,
            joined=self._ether.is_joined(serial_number),
            last_report_unix=self._reported_unix(contact),
            retries=contact.retries,
            last_answer_s=contact.last_answer_s,
        )

    def _reported_unix(self, contact: Contact) -> int:
        if contact.last_report_s is None:
            return 0
        if contact.reported_unix and self._world.has_defect("reports-keep-the-wrong-clock"):
            return int(contact.reported_unix)
        ahead_s = AHEAD_S if self._world.has_defect("reports-dated-ahead") else 0
        return int(self._clock.at(contact.last_report_s)) + ahead_s

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A timer of the gateway has run out."""
        match event:
            case "network status":
                self._network_status()
            case "poll":
                self._poll(str(payload["serial_number"]))
            case _:
                raise ValueError(f"the gateway's polling knows no event {event!r}")

    def _poll(self, serial_number: str) -> None:
        contact = self._contacts[serial_number]
        operational = self._ether.is_operational(serial_number)
        luck = self._world.chance(serial_number, "poll")
        heard = 1 - self._world.assumptions.zigbee.poll_miss_prob
        fading = self._ether.fading(serial_number)
        if fading and self._world.has_defect("weak-link-is-lost"):
            fading = 1.0
        answered = operational and luck >= 1 - heard * (1 - fading)
        self._ether.count_poll(delivered=operational, answered=answered)
        if answered:
            contact.last_answer_s = self._world.now_s
            contact.answered_unix = self._clock.unix_time
        else:
            contact.retries += not self._world.has_defect("retries-not-counted")
            self._give_up_if_silent(serial_number, contact)
        zigbee = self._world.assumptions.zigbee
        is_missed = contact.communicating and not answered
        self._poll_after(serial_number, zigbee.poll_again_s if is_missed else zigbee.poll_s)

    def _give_up_if_silent(self, serial_number: str, contact: Contact) -> None:
        silent_s = self._world.now_s - contact.last_answer_s
        if contact.communicating and silent_s >= self._world.assumptions.gateway.comm_lost_after_s:
            contact.was_lost = True
            contact.communicating = self._world.has_defect("lost-node-communicates")
            self._ether.lost(serial_number)

    def _clock_was_set(self) -> None:
        if not self._world.has_defect("clock-step-loses-devices"):
            return
        for serial_number, contact in self._contacts.items():
            silent_s = self._clock.unix_time - contact.answered_unix
            if silent_s >= self._world.assumptions.gateway.comm_lost_after_s:
                self.give_up(serial_number)

    def _network_status(self) -> None:
        for serial_number, contact in self._contacts.items():
            if self._ether.is_operational(serial_number):
                contact.rounds_back += 1
            else:
                contact.rounds_back = 0
            late = contact.was_lost and self._world.has_defect("rejoined-node-is-shown-late")
            if not contact.communicating and contact.rounds_back > (LATE_ROUNDS if late else 0):
                contact.communicating = True
                contact.last_answer_s = self._world.now_s
                self._ether.heard_again(serial_number)
        self._next_round()

    def _next_round(self) -> None:
        self._round = self._world.after(
            self._world.assumptions.gateway.network_status_s, self.NAME, "network status"
        )

    def _poll_after(self, serial_number: str, delay_s: float) -> None:
        contact = self._contacts[serial_number]
        self._world.cancel(contact.next_poll)
        contact.next_poll = self._world.after(
            delay_s, self.NAME, "poll", serial_number=serial_number
        )
