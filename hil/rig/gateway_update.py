"""The gateway's own firmware, put in and put back by the commands that the rig file names."""

from dataclasses import dataclass

from hil.consoles.gateway_shell import GatewayShell
from hil.envoy.client import Envoy
from hil.errors import CommandRefused, RigError, Unavailable, Unreachable
from hil.vocabulary.identity import Firmware

AWAY = "not all of it answers"

MARK = "/tmp/.hil.update"
"""Lies on the gateway from the command on and names what is coming: also who comes after a run that was
killed in between is told. A restart empties that folder; where one does not, the mark says no more than
what runs by then.
"""

UNDER_WAY = f"an update is under way (there is {MARK} on it)"


@dataclass
class GatewayUpdate:
    """Each command begins an update; the gateway restarts by itself, minutes later."""

    shell: GatewayShell
    envoy: Envoy
    other: Firmware
    """What `install` puts in."""
    expected: Firmware
    """What `put_back` puts in."""
    install_line: str
    put_back_line: str
    within_s: float
    """Rig seconds until the gateway is up with it."""
    is_in: bool = False
    """Whether it has begun to put in the other firmware, and not to put the expected one back."""

    def running(self) -> Firmware:
        """What the gateway says that it runs.

        Raises: as every request.
        """
        return self.envoy.info.read().firmware

    def seen(self) -> str:
        """What it runs; while another is put in, it is away or its processes start, that."""
        try:
            version = self.running()
            if self._is_coming(version):
                return UNDER_WAY
            self.envoy.ensemble.inventory()
        except (Unavailable, Unreachable):
            return AWAY
        return str(version)

    def install(self) -> None:
        """Begin to put in the other firmware.

        Raises:
            RigError: an update is under way, or the command of the rig file did not end with 0.
        """
        self._begin(self.install_line, self.other)
        self.is_in = True

    def put_back(self) -> None:
        """Begin to put in the expected firmware. Raises as `install`."""
        self._begin(self.put_back_line, self.expected)
        self.is_in = False

    def _is_coming(self, running: Firmware) -> bool:
        coming = self.shell.read(MARK)
        return coming is not None and coming.decode("utf-8", "replace").strip() != str(running)

    def _begin(self, line: str, coming: Firmware) -> None:
        if self._is_coming(self.running()):
            raise RigError(
                f"{self.shell.gateway}: {UNDER_WAY}, so {line!r} is not run; wait until it has "
                f"restarted. If it never does, its update has failed: remove {MARK} and try again"
            )
        self.shell.line_carried_out(f"echo {coming} > {MARK}")
        try:
            self.shell.line_carried_out(line)
        except CommandRefused as error:
            self.shell.carried_out("rm", "-f", MARK)
            raise RigError(
                f"{error}; by gateway_update of the rig file it puts in {coming}: suspect the command, or "
                "an image that is not on the gateway"
            ) from error
