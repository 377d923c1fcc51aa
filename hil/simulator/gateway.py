"""The gateway's own power and firmware: what it forgets in a restart, and what it restores.

Other firmware is written beside the one that runs, which goes on meanwhile; then the gateway
restarts, and what stands behind its web server needs a while more. That a loss of power before that
leaves the old one is assumed.

Not modelled: devices that orphan themselves while it is away. They stay in the network and are
heard again once it is up.
"""

from enum import StrEnum

from hil.simulator.gateway_clock import GatewayClock
from hil.simulator.network import Network
from hil.simulator.provisioning import Provisioning
from hil.simulator.shell.serial_console import SerialConsole
from hil.simulator.site_settings import PelSettings, SiteSettings
from hil.simulator.wireless import Wireless
from hil.simulator.world import World
from hil.vocabulary.identity import Firmware

ACTOR = "gateway"


class GatewayState(StrEnum):
    """Whether the gateway is there."""

    OFF = "off"
    BOOTING = "booting"
    """Powered, and answers nothing yet."""
    UP = "up"


class Gateway:
    """The gateway as a machine. Profile, export limit and seal outlive a loss of power, and other
    firmware (assumed).
    """

    def __init__(
        self,
        world: World,
        *,
        network: Network,
        provisioning: Provisioning,
        settings: SiteSettings,
        wireless: Wireless,
        console: SerialConsole,
        firmware: Firmware,
    ) -> None:
        self._world, self._network, self._wireless = world, network, wireless
        self.firmware = firmware
        """What runs."""
        self._written: Firmware | None = None
        """What is being written, or has been and starts with the next boot."""
        self._processes_up_s = float("-inf")
        self._console = console
        self._provisioning, self._settings = provisioning, settings
        self._timer: int | None = None
        self.state = GatewayState.UP
        self.booted_unix: int | None = None
        """UNIX seconds of its last start; None where that was before the site's commissioning."""
        self._booted_s = float("-inf")
        world.add(ACTOR, self)

    @property
    def answers(self) -> bool:
        """Whether its web server does."""
        return self.state is GatewayState.UP

    @property
    def clock(self) -> GatewayClock:
        """What it dates by."""
        return self._network.clock

    @property
    def knows_temperatures(self) -> bool:
        """Whether it has heard how warm its batteries are since its last start."""
        if self.booted_unix and self._world.has_defect("temperatures-stay-unknown"):
            return False
        since_s = self._world.now_s - self._booted_s
        return since_s >= self._world.assumptions.gateway.temperature_unknown_s

    @property
    def processes_are_starting(self) -> bool:
        """Whether its web server is up, and nobody behind it yet."""
        return self._world.now_s < self._processes_up_s

    @property
    def is_being_updated(self) -> bool:
        """Whether other firmware is being written."""
        return self._written is not None

    def update(self, firmware: Firmware) -> None:
        """Begin to write other firmware, or the same again; once it is there the gateway restarts."""
        self._written = firmware
        write_s = self._world.assumptions.gateway.firmware_write_s
        self._timer = self._world.after(write_s, ACTOR, "written")

    def power_off(self) -> None:
        """Cut its power: nothing is polled, nothing is answered; what was half written is lost."""
        self._written = None
        self._go_down()

    def _go_down(self) -> None:
        self._world.cancel(self._timer)
        self._timer = None
        if self.state is GatewayState.UP:
            self._network.power_lost()
        self.state = GatewayState.OFF
        self._console.power_off()

    def power_on(self) -> None:
        """Give it power again; it is up `gateway.boot_s` later."""
        if self.state is GatewayState.OFF:
            self.state = GatewayState.BOOTING
            self._timer = self._world.after(self._world.assumptions.gateway.boot_s, ACTOR, "booted")

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """Firmware is written, or it has booted."""
        self._timer = None
        if event == "written":
            self._go_down()
            self.power_on()
            return
        if self._written is not None:
            self._start_written(self._written)
        self.state = GatewayState.UP
        self._booted_s = self._world.now_s
        self.booted_unix = int(self._network.clock.unix_time)
        self._provisioning.restarted()
        self._wireless.restarted()
        self._console.booted()
        self._network.power_back()
        self._settings.is_streaming = True

    def _start_written(self, firmware: Firmware) -> None:
        self._written = None
        if not self._world.has_defect("gateway-update-does-not-take"):
            self.firmware = firmware
        if self._world.has_defect("gateway-update-forgets-the-seal"):
            self._provisioning.agent_file = None
        if self._world.has_defect("gateway-update-resets-the-export-limit"):
            self._settings.pel = PelSettings()
        starts_s = self._world.assumptions.gateway.first_start_s
        self._processes_up_s = self._world.now_s + starts_s
