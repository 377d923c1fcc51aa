"""What is done on the gateway's shell, in a rig's baseline."""

from collections.abc import Sequence
from dataclasses import dataclass

from hil.consoles.gateway_shell import GatewayShell
from hil.rig.facet import Facet
from hil.rig.gateway_time import GatewayTime
from hil.rig.gateway_update import AWAY, UNDER_WAY, GatewayUpdate


@dataclass(frozen=True)
class AccessPoint(Facet):
    """Whether the gateway is an access point of its own.

    Only a command on its shell makes it one. So a run that has not been on the shell need not ask,
    and most never connect; whoever makes a rig safe does (`safety.py`).
    """

    shell: GatewayShell
    name = "gateway: access point"

    @property
    def wanted(self) -> object:
        return "off"

    def read(self) -> object:
        return "on" if self.shell.was_used and self.shell.access_point_is_on() else "off"

    def put_back(self, found: object, now: object) -> None:
        if found == "on":
            self.shell.start_access_point()
        else:
            self.shell.stop_access_point()


@dataclass(frozen=True)
class ClockRight(Facet):
    """The gateway's clock, as far as it was stepped; a run that was killed leaves it to time servers."""

    time: GatewayTime
    name = "gateway: clock"
    is_remembered = True

    @property
    def wanted(self) -> object:
        return "right"

    def read(self) -> object:
        return "right" if self.time.by_s is None else f"{self.time.by_s:g} s off"

    def put_back(self, found: object, now: object) -> None:
        self.time.put_right()


@dataclass
class Installed(Facet):
    """The gateway's firmware. Settings read otherwise on another, so it is put right before they are.

    Only a command on its shell puts in another; so it is read once, and again once this process was
    there; whoever makes a rig safe is.
    """

    update: GatewayUpdate
    name = "gateway: firmware"
    gives_power = True
    _found: str = ""

    @property
    def started_within_s(self) -> float:
        return self.update.within_s

    @property
    def wanted(self) -> object:
        return str(self.update.expected)

    @property
    def takes_s(self) -> float:
        return 2 * self.update.within_s  # one that a run has begun ends first

    def read(self) -> object:
        if self.update.shell.was_used:
            return self.update.seen()
        if not self._found:
            self._found = str(self.update.running())
        return self._found

    def put_back(self, found: object, now: object) -> None:
        if now not in (AWAY, UNDER_WAY):
            self.update.put_back()


def shell_facets(shell: GatewayShell | None, time: GatewayTime | None) -> Sequence[Facet]:
    """What is put back after all others."""
    return (
        *(() if shell is None else (AccessPoint(shell),)),
        *(() if time is None else (ClockRight(time),)),
    )
