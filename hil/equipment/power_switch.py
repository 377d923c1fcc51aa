"""The power switch of a bench, behind pdudaemon. Wire: docs/wires/instruments.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hil.errors import EquipmentRefused
from hil.transports.http import Http


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
    """The outlets of a bench by the serial number of what hangs on them.

    `cutting` is told before a device loses its power, `restored` when it has it again.

    The daemon says only that it has accepted a request; what an outlet is, nobody can ask. So this
    remembers what it asked for.
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
        self.name = f"power switch at {http.base_url}"

    def is_off(self, serial_number: str) -> bool:
        """Whether this has cut the power of that device and not restored it."""
        return serial_number in self._off

    def off(self, serial_number: str) -> None:
        """Cut the power of a device.

        Raises:
            EquipmentRefused: the daemon does not know the outlet.
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
        self._restored(serial_number)

    def all_on(self) -> None:
        """Restore the power of everything, whoever has cut it. Raises as `off`."""
        for serial_number in self.outlets:
            self.on(serial_number)

    def _ask(self, what: str, serial_number: str) -> None:
        outlet = self.outlets[serial_number]
        reply = self._http.get(
            f"/power/control/{what}", query={"hostname": outlet.hostname, "port": outlet.port}
        )
        if reply.status != 200:
            raise EquipmentRefused(
                f"{self.name}: {what} of {outlet} ({serial_number}) was answered {reply.status} "
                f"{reply.text.strip()[:80]!r}; suspect hostname and port in the rig file, or the daemon's "
                "configuration"
            )
