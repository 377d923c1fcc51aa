"""What the gateway last knew of the powers: each view has its own age.

Live data is as of the last whole second, a battery's power as of its last answered poll, secondary
control as of its last message. What was in between is kept as long as a device may be silent.
"""

from collections import deque
from dataclasses import dataclass

from hil.simulator.energy import Energy
from hil.simulator.flows import Flows
from hil.simulator.network import Network
from hil.simulator.relay_report import RelayReport
from hil.simulator.site_settings import SiteSettings
from hil.simulator.world import MICROSECOND_S, World


@dataclass(frozen=True, slots=True)
class BatteryPower:
    """Positive is out of the battery."""

    serial_number: str
    power_mw: int
    soc_pct: int


@dataclass(frozen=True, slots=True)
class Moment:
    """The powers from `at_s` until the next moment."""

    at_s: float
    flows: Flows
    powers_mw: dict[str, int]
    """Of each battery."""
    set_point_mw: int
    is_island: bool
    """Whether the contactor is open."""
    shows_open: bool
    """Whether the gateway says so."""
    gen_relay_state: int


class PowerReport:
    """The gateway's notes on the powers."""

    def __init__(
        self,
        world: World,
        *,
        network: Network,
        energy: Energy,
        relay_report: RelayReport,
        settings: SiteSettings,
    ) -> None:
        self._world, self._network, self._energy = world, network, energy
        self._relay_report, self._settings = relay_report, settings
        self._moments: deque[Moment] = deque()
        world.watch(self.note)
        world.touch()

    def note(self) -> None:
        """Keep how things are from now on, where that is news."""
        now = self._now()
        last = self._moments[-1] if self._moments else None
        if last is not None and last.at_s == now.at_s:
            self._moments.pop()
        self._moments.append(now)
        assumed = self._world.assumptions
        kept_s = assumed.gateway.comm_lost_after_s + 2 * assumed.zigbee.poll_s
        while len(self._moments) > 1 and self._moments[1].at_s < now.at_s - kept_s:
            self._moments.popleft()

    def live(self) -> Moment:
        """As live data has it."""
        return self._as_of(self.live_as_of_s)

    @property
    def live_as_of_s(self) -> float:
        """How old live data is, in rig seconds: from a moment ago while it is streamed."""
        gateway = self._world.assumptions.gateway
        is_streaming = self._settings.is_streaming
        return self._last_tick_s(
            gateway.live_refresh_s if is_streaming else gateway.live_refresh_unstreamed_s
        )

    def control(self) -> Moment:
        """As secondary control has it."""
        return self._as_of(self._last_tick_s(self._world.assumptions.gateway.secondary_control_s))

    def read(self) -> tuple[BatteryPower, ...]:
        """The batteries that communicate, each as it answered last, in whole watts.

        That those of no whole watt are cut, not rounded, is assumed.
        """
        found = [
            BatteryPower(
                battery.serial_number,
                int(self._as_of(view.last_answer_s).powers_mw[battery.serial_number] / 1000) * 1000,
                battery.reported_soc_pct,
            )
            for battery, view in self._energy.listed
            if view.communicating or self._world.has_defect("power-keeps-a-lost-battery")
        ]
        return tuple(found[:-1] if self._world.has_defect("power-missing-a-battery") else found)

    def _last_tick_s(self, every_s: float) -> float:
        return (self._world.now_s + MICROSECOND_S) // every_s * every_s + MICROSECOND_S

    def _as_of(self, at_s: float) -> Moment:
        self._world.settle()
        earlier = (each for each in reversed(self._moments) if each.at_s <= at_s)
        return next(earlier, self._moments[0])

    def _now(self) -> Moment:
        energy, heard = self._energy, self._relay_report.last
        decision = energy.decision
        return Moment(
            self._world.now_s,
            decision.flows,
            {battery.serial_number: battery.power_mw for battery in energy.fleet},
            decision.set_point_mw,
            energy.is_island,
            heard.oper.is_open,
            heard.gen_relay_state,
        )
