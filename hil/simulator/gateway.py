"""The gateway's own power: what it forgets when it is cut, and what it restores when it is back.

Not modelled: devices that orphan themselves while it is away. They stay in the network and are
heard again once it is up.
"""

from enum import StrEnum

from hil.simulator.gateway_clock import GatewayClock
from hil.simulator.network import Network
from hil.simulator.provisioning import Provisioning
from hil.simulator.shell.serial_console import SerialConsole
from hil.simulator.site_settings import SiteSettings
from hil.simulator.wireless import Wireless
from hil.simulator.world import World

ACTOR = "gateway"


class GatewayState(StrEnum):
    """Whether the gateway is there."""

    OFF = "off"
    BOOTING = "booting"
    """Powered, and answers nothing yet."""
    UP = "up"


class Gateway:
    """The gateway as a machine. Profile, export limit and seal outlive a loss of power (assumed)."""

    def __init__(
        self,
        world: World,
        *,
        network: Network,
        provisioning: Provisioning,
        settings: SiteSettings,
        wireless: Wireless,
        console: SerialConsole,
    ) -> None:
        self._world, self._network, self._wireless = world, network, wireless
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

    def power_off(self) -> None:
        """Cut its power: nothing is polled, nothing is answered."""
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
        """It has booted."""
        self._timer = None
        self.state = GatewayState.UP
        self._booted_s = self._world.now_s
        self.booted_unix = int(self._network.clock.unix_time)
        self._provisioning.restarted()
        self._wireless.restarted()
        self._console.booted()
        self._network.power_back()
        self._settings.is_streaming = True
