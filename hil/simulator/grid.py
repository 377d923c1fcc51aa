"""The utility at the site's mains terminals: its voltage and frequency, and what they amount to.

Values move along straight lines, so the moments at which one crosses a limit are computed, and
nothing is sampled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from hil.simulator.grid_profile import Propagation
from hil.simulator.site_file import GridTruth
from hil.simulator.world import World

ACTOR = "grid"

AT_ONCE = 9.9e37
"""A slew so fast that it takes no time; SCPI's number for infinity."""

_HAIR_S = 1e-6
"""A limit is looked at this long after it was reached, so that it has been crossed."""


class GridWatcher(Protocol):
    """Who acts on what the grid does: the mains relay."""

    def grid_tripped(self) -> None:
        """The grid is lost, or was beyond a trip point for longer than it allows."""

    def grid_left_window(self) -> None:
        """The grid is no longer fit to be connected to."""

    def grid_back_in_window(self) -> None:
        """The grid is fit to be connected to again."""


@dataclass
class Quantity:
    """A value that follows its set point at `slew` per second."""

    set_point: float
    slew: float = AT_ONCE
    _from: float = 0.0
    _since_s: float = float("-inf")

    def at(self, now_s: float) -> float:
        """Its value now."""
        if self.slew >= AT_ONCE or self._since_s == float("-inf"):
            return self.set_point
        way = self.set_point - self._from
        gone = min(abs(way), self.slew * (now_s - self._since_s))
        return self._from + (gone if way > 0 else -gone)

    def change(self, now_s: float, *, to: float | None = None, slew: float | None = None) -> None:
        """Go on from where it is now: to another set point, or at another pace."""
        self._from, self._since_s = self.at(now_s), now_s
        self.set_point = self.set_point if to is None else to
        self.slew = self.slew if slew is None else slew

    def reaches_in_s(self, value: float, now_s: float) -> float | None:
        """Seconds until it is at `value` on its way; None when it will not be."""
        now = self.at(now_s)
        way, wanted = self.set_point - now, value - now
        if self.slew >= AT_ONCE or not 0 < abs(wanted) <= abs(way) or (way > 0) != (wanted > 0):
            return None
        return abs(wanted) / self.slew


@dataclass(frozen=True, slots=True)
class TripPoint:
    """Beyond `value` (volts or hertz) for `longer_than_s`: let go of the grid."""

    name: str
    is_voltage: bool
    is_over: bool
    value: float
    longer_than_s: float


class Grid:
    """Voltage (line to neutral, V rms), frequency (Hz) and the output relay of whatever feeds it.

    The enter-service window and the trip points are the site's, seen at its terminals. A profile may
    have a window of its own (public capture: G99); otherwise it is assumed, IEEE 1547-2018's
    enter-service defaults around the site's own nominal values.
    """

    watcher: GridWatcher
    """Set by the relay that stands between this grid and the site."""

    def __init__(self, world: World, truth: GridTruth, *, profile: Propagation) -> None:
        self._world, self._profile = world, profile
        self.nominal_v, self.nominal_hz = truth.nominal_v, truth.nominal_hz
        self.volts, self.hertz = Quantity(truth.nominal_v), Quantity(truth.nominal_hz)
        self.is_on = True
        self._was_in_window = True
        self._beyond_since_s: dict[TripPoint, float] = {}
        self._look: int | None = None
        profile.on_taken_over = self._changed
        world.add(ACTOR, self)

    @property
    def voltage_v(self) -> float:
        """At the terminals now."""
        return self.volts.at(self._world.now_s) if self.is_on else 0.0

    @property
    def frequency_hz(self) -> float:
        """At the terminals now; 0 where there is no voltage."""
        return self.hertz.at(self._world.now_s) if self.is_on else 0.0

    @property
    def in_window(self) -> bool:
        """Whether the site may connect to it."""
        low_v, high_v = self._window_v
        low_hz, high_hz = self._window_hz
        if self.is_on and self._world.has_defect("closes-onto-a-bad-grid"):
            return low_v <= self.voltage_v <= high_v
        return low_v <= self.voltage_v <= high_v and low_hz <= self.frequency_hz <= high_hz

    @property
    def is_gone(self) -> bool:
        """Whether there is none left, and nothing to ride through."""
        return self.voltage_v < self._gone_below_v

    @property
    def share_of_sun(self) -> float:
        """What inverters on it may give of what they have: the faster it is, the less (freq-watt).

        In steps, so that powers hold between two of them.
        """
        if self._world.has_defect("fast-grid-gets-all-of-the-sun"):
            return 1.0
        assumed = self._world.assumptions.grid
        beyond_hz = self._steps_too_fast * assumed.freq_watt_step_hz
        return max(0.0, 1.0 - beyond_hz / (self.nominal_hz * assumed.freq_watt_droop))

    @property
    def _steps_too_fast(self) -> int:
        """How many steps of freq-watt it is beyond the dead band; 0 within."""
        assumed = self._world.assumptions.grid
        beyond_hz = self.frequency_hz - self.nominal_hz - assumed.freq_watt_dead_hz
        return max(0, int(beyond_hz / assumed.freq_watt_step_hz))

    @property
    def _freq_watt_marks_hz(self) -> list[float]:
        """Where the share of the sun changes next, on the way down and up."""
        assumed = self._world.assumptions.grid
        begins_hz, steps = self.nominal_hz + assumed.freq_watt_dead_hz, self._steps_too_fast
        return [begins_hz + each * assumed.freq_watt_step_hz for each in (steps, steps + 1)]

    def switch(self, *, on: bool) -> None:
        """Open or close the output relay of the source."""
        self.is_on = on
        self._changed()

    def set_voltage(self, *, to: float | None = None, slew: float | None = None) -> None:
        """Another set point (V), or another pace towards it (V/s)."""
        self.volts.change(self._world.now_s, to=to, slew=slew)
        self._changed()

    def set_frequency(self, *, to: float | None = None, slew: float | None = None) -> None:
        """Another set point (Hz), or another pace towards it (Hz/s)."""
        self.hertz.change(self._world.now_s, to=to, slew=slew)
        self._changed()

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A limit was crossed, or something was beyond it for too long."""
        self._look = None
        self._changed()

    def _changed(self) -> None:
        now_s, points = self._world.now_s, tuple(self._trip_points())
        self._beyond_since_s = {
            point: self._beyond_since_s.get(point, now_s)
            for point in points
            if self._is_beyond(point)
        }
        is_due = any(
            now_s - since_s >= point.longer_than_s
            for point, since_s in self._beyond_since_s.items()
        )
        if self._world.has_defect("trips-at-once"):
            is_due = bool(self._beyond_since_s)
        if self._world.has_defect("rides-through-for-ever"):
            is_due = False
        # First who lets go of it, then who may not connect to it.
        if is_due or self.is_gone:
            self.watcher.grid_tripped()
        self._world.touch()
        if self.in_window != self._was_in_window:
            self._was_in_window = self.in_window
            if self.in_window:
                self.watcher.grid_back_in_window()
            else:
                self.watcher.grid_left_window()
        self._look_again(points)

    def _look_again(self, points: tuple[TripPoint, ...]) -> None:
        now_s = self._world.now_s
        limits_v = [self._gone_below_v, *self._window_v]
        limits_v += [point.value for point in points if point.is_voltage]
        limits_hz = [
            *self._window_hz,
            *self._freq_watt_marks_hz,
            *(p.value for p in points if not p.is_voltage),
        ]
        ahead = [self.volts.reaches_in_s(limit, now_s) for limit in limits_v]
        ahead += [self.hertz.reaches_in_s(limit, now_s) for limit in limits_hz]
        ahead += [
            since_s + point.longer_than_s - now_s
            for point, since_s in self._beyond_since_s.items()
            if since_s + point.longer_than_s > now_s
        ]
        self._world.cancel(self._look)
        due = [in_s for in_s in ahead if in_s is not None]
        self._look = self._world.after(min(due) + _HAIR_S, ACTOR, "look") if due else None

    def _is_beyond(self, point: TripPoint) -> bool:
        now = self.voltage_v if point.is_voltage else self.frequency_hz
        return now > point.value if point.is_over else now < point.value

    def _trip_points(self) -> Iterator[TripPoint]:
        active = self._profile.in_force
        for curves, is_voltage in ((active.vrt, True), (active.frt, False)):
            per_cent = self.nominal_v / 100 if is_voltage else 1.0
            for name, points in curves.items():
                if name in ("PTUV1", "PTOV1", "PTUF1", "PTOF1"):
                    if self._world.has_defect("slowest-limit-only"):
                        points = [max(points, key=lambda point: point["x"])]
                    for point in points:
                        value, longer_than_s = point["y"] * per_cent, point["x"] / 1000
                        yield TripPoint(name, is_voltage, name[2] == "O", value, longer_than_s)

    @property
    def _gone_below_v(self) -> float:
        return self._world.assumptions.grid.gone_below_pu * self.nominal_v

    @property
    def _window_v(self) -> tuple[float, float]:
        assumed, own = self._world.assumptions.grid, self._own_window
        return (
            own.get("reconnect_low_v", assumed.window_low_pu * self.nominal_v),
            own.get("reconnect_high_v", assumed.window_high_pu * self.nominal_v),
        )

    @property
    def _window_hz(self) -> tuple[float, float]:
        assumed, own = self._world.assumptions.grid, self._own_window
        return (
            own.get("reconnect_low_hz", self.nominal_hz - assumed.window_below_hz),
            own.get("reconnect_high_hz", self.nominal_hz + assumed.window_above_hz),
        )

    @property
    def _own_window(self) -> dict[str, float]:
        """The profile's limits, where it has its own to reconnect in."""
        if self._world.has_defect("reconnects-by-another-window"):
            return {}
        return self._profile.in_force.tpm
