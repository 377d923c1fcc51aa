"""What an Encharge and an Enpower have in common: a Zigbee radio and the CLI that commands it."""

from typing import ClassVar

from hil.consoles.console import Console
from hil.consoles.exchange import Exchange
from hil.consoles.forced_loss import (
    DROP_WITHIN_S,
    REJOIN_WITHIN_S,
    Dropped,
    PowerCycle,
    Rejoined,
    drop_from_network,
    rejoin,
    start_anew,
)
from hil.consoles.replies import (
    DeviceInfo,
    Psts,
    association_code,
    parse_at_value,
    parse_device_info,
    parse_key,
    parse_psts,
)
from hil.errors import RadioBusy, WrongDevice
from hil.evidence.timeline import Kind
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import AssociationCode
from hil.waiting import Waiting

BUSY_TRIES = 6
"""How many tries to join a radio may be busy with: several in a row, 2.4 s + 6 s each."""


class Node:
    """A device in the site's radio network, through its console. `serial_number`: who it must be.

    Every method may raise what `Console.ask` raises. A busy radio is asked again for six tries to
    join (30 s of rig time); each time is a mark of trouble on the timeline.
    """

    device_type: ClassVar[DeviceType]

    def __init__(
        self,
        console: Console,
        *,
        serial_number: str,
        waiting: Waiting | None = None,
        power_cycle: PowerCycle | None = None,
    ) -> None:
        self.console, self.serial_number = console, serial_number
        self.power_cycle = power_cycle
        """Cuts its power and restores it; None where the bench cannot."""
        self.waiting = Waiting(console.clock) if waiting is None else waiting
        console.identify = self.check_identity
        self.verbose_is_on = False
        """Whether it was told to log; it cannot be asked."""

    @property
    def name(self) -> str:
        """Kind and serial number, for messages: `encharge 122000000131`."""
        return self.console.device

    def __repr__(self) -> str:
        return f"<{self.console.device} on {self.console.where}>"

    def ask(self, command: str) -> Exchange:
        """As `Console.ask`, and asks again while the radio is busy.

        Raises:
            NotInTime: it was busy for six times the dialect's `join_every_s`.
        """
        first = self._ask_once(command)
        if isinstance(first, Exchange):
            return first
        answer = self.waiting.until(
            lambda: self._ask_once(command),
            lambda seen: isinstance(seen, Exchange),
            what=f"{self.console.device}: radio free for {command!r}",
            measures="time until the radio is free",
            within_s=BUSY_TRIES * self.console.dialect.join_every_s,
            every_s=self.console.dialect.at_timeout_s,
            show=lambda seen: seen.end if isinstance(seen, Exchange) else seen.reply,
        )
        assert isinstance(answer, Exchange)
        return answer

    # Who it is.

    def devinfo(self) -> DeviceInfo:
        """Who it says it is, and what it runs."""
        reply = self.ask(self.console.dialect.devinfo).unmasked()
        return parse_device_info(reply, self.console.dialect, device=self.console.device)

    def check_identity(self) -> DeviceInfo:
        """See that the device on this line is the one that is meant.

        Raises:
            WrongDevice: it is another; says on which port, and which.
        """
        self.console.answers()  # ends what somebody may have left half typed
        info = self.devinfo()
        if info.serial_number != self.serial_number:
            raise WrongDevice(
                f"{self.console.device}: on {self.console.where} answers {info.serial_number} "
                f"(type {int(info.device_type)}), meant was {self.serial_number}; suspect two "
                "cables swapped, or the port or the serial number in the rig file"
            )
        if info.device_type != self.device_type:
            raise WrongDevice(
                f"{self.console.device}: the device on {self.console.where} says it is of type "
                f"{int(info.device_type)}, not {int(self.device_type)} ({self.device_type.name}); "
                "suspect the rig file lists it under the wrong kind"
            )
        return info

    # Its radio.

    def verbose(self, on: bool) -> None:
        """Let the radio log what it does, or not. Lost with power."""
        dialect = self.console.dialect
        self.ask(dialect.verbose_on if on else dialect.verbose_off)
        self.verbose_is_on = on

    def reset_network(self) -> None:
        """Leave the network and start joining anew, with the same key. Returns before it left."""
        self.ask(self.console.dialect.reset_network)

    def at_get(self, what: str) -> int:
        """The value of a two-letter AT command: `AI`, `DJ`, `OP`."""
        reply = self.ask(self.console.dialect.at_command(what)).unmasked()
        return parse_at_value(reply, self.console.dialect, what=what, device=self.console.device)

    def disable_joining(self) -> None:
        """Forbid the next join (`DJ 1`). A joined node stays joined. Lost with power."""
        self.ask(self.console.dialect.at_command("DJ 1"))

    def enable_joining(self) -> None:
        """Allow the next join (`DJ 0`)."""
        self.ask(self.console.dialect.at_command("DJ 0"))

    def joining_disabled(self) -> bool:
        """Whether the next join is forbidden."""
        return self.at_get("DJ") != 0

    def association(self) -> AssociationCode | int:
        """How far its radio is with joining; a plain number where the code is not known."""
        return association_code(self.at_get("AI"))

    def restart_radio(self) -> bool:
        """Free a radio that is stuck; False where this device's dialect has nothing for it."""
        if (command := self.console.dialect.radio_reset) is None:
            return False
        self.ask(command)
        return True

    # Its place in the network.

    def link_key(self) -> Secret | None:
        """Its link key; None where it has none. Masked from now on wherever it is written."""
        reply = self.ask(self.console.dialect.get_key).unmasked()
        key = parse_key(reply, self.console.dialect, device=self.console.device)
        if key is not None:
            self.console.keep_secret(key)
        return key

    def pairing(self) -> Psts:
        """Pairing as the device sees it."""
        reply = self.ask(self.console.dialect.psts).unmasked()
        return parse_psts(reply, self.console.dialect, device=self.console.device)

    def drop_from_network(self, *, within_s: float = DROP_WITHIN_S) -> Dropped:
        """Take it out of the network and keep it out; see `forced_loss`. Leaves verbose on."""
        return drop_from_network(self, within_s=within_s)

    def rejoin(self, *, within_s: float = REJOIN_WITHIN_S) -> Rejoined:
        """Let it back into the network and be quiet again, the undoing of a drop.

        See `forced_loss`.
        """
        rejoined = rejoin(self, within_s=within_s)
        self.verbose(False)
        return rejoined

    def start_anew(self) -> None:
        """Restart it, which says that it has joined and is not heard; see `forced_loss`."""
        start_anew(self)

    def _ask_once(self, command: str) -> Exchange | RadioBusy:
        try:
            return self.console.ask(command)
        except RadioBusy as busy:
            self.console.note(Kind.TROUBLE, f"radio busy at {command!r}: {busy.reply}")
            return busy
