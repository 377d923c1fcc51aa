"""What a meter shows now: the powers as of the last whole second, as live data has them; what was
counted until now; voltage and frequency of the site. Nothing here has reactive power.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hil.simulator.battery import NJ_PER_WH
from hil.simulator.meter_counters import Counted, measured_mw
from hil.simulator.meters import MADE, NET, USED
from hil.simulator.site import Site

CHANNELS = 3
"""Every meter has so many, whatever is connected (public captures)."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One leg of a meter, or all of it: W, Wh, V, A, Hz."""

    power_w: float
    delivered_wh: float
    received_wh: float
    voltage_v: float
    current_a: float
    frequency_hz: float

    @property
    def net_wh(self) -> float:
        return round(self.delivered_wh - self.received_wh, 3)

    @property
    def apparent_wh(self) -> float:
        return round(self.delivered_wh + self.received_wh, 3)

    @property
    def power_factor(self) -> float:
        return (self.power_w > 0) - (self.power_w < 0) + 0.0


def channels(site: Site, measures: str) -> list[Channel]:
    """Of one kind of meter, a leg each; the unused ones are left out."""
    moment, counters = site.power.live(), site.energy.counters
    legs = site.energy.legs.of(moment.flows, moment.powers_mw, is_island=moment.is_island)
    is_off = counters.is_off(measures)
    powers_mw = (0,) * len(legs) if is_off else measured_mw(measures, legs)
    counted = counters.of(measures)
    return [_channel(site, mw, each) for mw, each in zip(powers_mw, counted, strict=True)]


def total_channels(site: Site) -> list[Channel]:
    """Total consumption, which the gateway computes: what production and mains show, leg by leg."""
    used, made, net = channels(site, USED), channels(site, MADE), channels(site, NET)
    return [
        replace(
            each,
            power_w=round(made[leg].power_w + net[leg].power_w, 3),
            current_a=round(made[leg].current_a + net[leg].current_a, 3),
        )
        for leg, each in enumerate(used)
    ]


def together(each: Sequence[Channel]) -> Channel:
    """All legs: voltages add up, too (public captures)."""
    return Channel(
        power_w=round(sum(one.power_w for one in each), 3),
        delivered_wh=round(sum(one.delivered_wh for one in each), 3),
        received_wh=round(sum(one.received_wh for one in each), 3),
        voltage_v=round(sum(one.voltage_v for one in each), 3),
        current_a=round(sum(one.current_a for one in each), 3),
        frequency_hz=each[0].frequency_hz,
    )


def unused(frequency_hz: float) -> Channel:
    """A channel without a leg."""
    return Channel(0.0, 0.0, 0.0, 0.0, 0.0, frequency_hz)


def _channel(site: Site, power_mw: int, counted: Counted) -> Channel:
    volts = round(site.energy.voltage_v, 3)
    half = site.world.has_defect("counter-falls-to-half") and site.world.unix_time // 60 % 3 == 0
    scale = NJ_PER_WH * (2 if half else 1)
    power_w = power_mw / 1000
    return Channel(
        power_w=power_w,
        delivered_wh=round(counted.delivered_nj / scale, 3),
        received_wh=round(counted.received_nj / scale, 3),
        voltage_v=volts,
        current_a=round(power_w / volts, 3) if volts else 0.0,
        frequency_hz=round(site.energy.frequency_hz, 3),
    )
