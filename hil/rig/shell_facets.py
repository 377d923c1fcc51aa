"""The gateway's shell in a rig's baseline."""

from collections.abc import Sequence
from dataclasses import dataclass

from hil.consoles.gateway_shell import GatewayShell
from hil.rig.facet import Facet


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


def shell_facets(shell: GatewayShell | None) -> Sequence[Facet]:
    """Every one of them."""
    return () if shell is None else (AccessPoint(shell),)
