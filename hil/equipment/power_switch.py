"""The power switch of a bench, behind pdudaemon. Wire: docs/wires/instruments.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hil.errors import EquipmentRefused, Unreachable
from hil.transports.http import Http, Reply

OFF_S = 5.0
"""Rig seconds that a cut lasts in `cycle`: for every capacitor to be empty."""


RAPID_SHUTDOWN = "rapid shutdown"
"""What hangs on the outlet that holds the loop of the rapid shutdown switch closed: a contactor."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a device is plugged in: the daemon's name of the strip, and the number of the outlet."""

    hostname: str
    port: int

    def __str__(self) -> str:
        return f"{self.hostname} outlet {self.port}"


def _nobody(serial_number: str) -> None:
    pass


class PowerSwitch:
    """The outlets of a bench by the serial number of what hangs on them, or `RAPID_SHUTDOWN`.

    `cutting` is told before a device loses its power, `restored` when it has it again.

    The daemon answers when it has told the unit; what an outlet is, nobody can ask. So this remembers
    what it asked for.
    """

    def __init__(
        self,
        http: Http,
        outlets: Mapping[str, Outlet],
        *,
        cutting: Callable[[str], None] = _nobody,
        restored: Callable[[str], None] = _nobody,
    ) -> None:
        self._http, self.outlets = http, dict(outlets)
        self._cutting, self._restored = cutting, restored
        self._off: set[str] = set()
        self.starting: set[str] = set()
        """Devices that got their power back; whoever sees that one has started takes it out."""
        self.name = f"power switch at {http.base_url}"

    def is_off(self, serial_number: str) -> bool:
        """Whether this has cut the power of that device and not restored it."""
        return serial_number in self._off

    def off(self, serial_number: str) -> None:
        """Cut the power of a device.

        Raises:
            EquipmentRefused: the daemon does not know the unit, or the unit did not obey.
            Unreachable: the daemon does not answer.
        """
        # Before: an answer that is lost may have been carried out.
        self._off.add(serial_number)
        self._cutting(serial_number)
        self._ask("off", serial_number)

    def on(self, serial_number: str) -> None:
        """Restore the power of a device. Raises as `off`."""
        self._ask("on", serial_number)
        self._off.discard(serial_number)
        self.starting.add(serial_number)
        self._restored(serial_number)

    def all_on(self) -> None:
        """Restore the power of everything, whoever has cut it. Raises as `off`."""
        for serial_number in self.outlets:
            self.on(serial_number)

    def cycle(self, serial_number: str) -> None:
        """Cut the power of a device for a while and restore it; it has not booted then.

        Raises as `off`. Whatever ends it half way, `is_off` tells.
        """
        self.off(serial_number)
        self._http.clock.sleep(OFF_S)
        self.on(serial_number)

    def look(self) -> None:
        """See that the daemon is there; touches no outlet.

        Raises:
            Unreachable: it is not.
        """
        self._get("/", "a look at it", {})  # it answers 404 there, which is an answer

    def _ask(self, what: str, serial_number: str) -> None:
        outlet = self.outlets[serial_number]
        asked = f"{what} of {outlet} ({serial_number})"
        query: dict[str, str | int] = {"hostname": outlet.hostname, "port": outlet.port}
        reply = self._get(f"/power/control/{what}", asked, query)
        if reply.status != 200:
            raise EquipmentRefused(
                f"{self.name}: {asked} was answered {reply.status} {reply.text.strip()[:80]!r}; "
                "suspect hostname and port in the rig file, the daemon's configuration, or a unit "
                "that does not obey it (its log says)"
            )

    def _get(self, path: str, asked: str, query: Mapping[str, str | int]) -> Reply:
        try:
            return self._http.get(path, query=query)
        except Unreachable as error:
            # The finding without what the wire suspects: it speaks of gateways.
            found = str(error).partition("; suspect")[0].partition(". Suspect")[0]
            raise Unreachable(
                f"{self.name}: no answer to {asked}: {found}; suspect that pdudaemon does not run "
                "there or has no HTTP listener, the url in the rig file, or the bench's network"
            ) from error
