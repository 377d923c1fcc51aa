"""What the gateway has heard of the microinverters: over power lines, each on its own, some minutes ago.

A report holds the energy since the one before, in whole joules, so its power is a mean.
"""

from dataclasses import dataclass, field

from hil.simulator.days import DAY_S, Days
from hil.simulator.energy import Energy
from hil.simulator.gateway import Gateway
from hil.simulator.inverters import Inverter, Inverters
from hil.simulator.world import World

ACTOR = "inverter reports"
_NJ_PER_J = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """The last that one inverter has said."""

    end_unix: int
    duration_s: int
    produced_j: int
    used_j: int

    @property
    def watts(self) -> int:
        """On average, cut to whole watts."""
        return self.produced_j // self.duration_s if self.duration_s else 0

    @property
    def used_watts(self) -> int:
        """What it has drawn, as `watts`."""
        return self.used_j // self.duration_s if self.duration_s else 0


@dataclass
class Heard:
    """What the gateway knows of one inverter."""

    last: Report
    max_watts: int = 0
    produced_j: int = 0
    used_j: int = 0
    heard_for_s: int = 0
    """All that its reports are about."""
    days: Days = field(default_factory=Days)
    """Of `produced_j`."""


class InverterReports:
    """The gateway's notes on the inverters, by serial number."""

    def __init__(
        self, world: World, inverters: Inverters, *, energy: Energy, gateway: Gateway
    ) -> None:
        self._world, self._inverters, self._energy = world, inverters, energy
        self._gateway = gateway
        begun = Report(int(world.unix_time), 0, 0, 0)
        self.heard = {serial: Heard(begun) for serial in inverters.by_serial_number}
        world.add(ACTOR, self)
        self._every_s = world.assumptions.gateway.inverter_report_s
        for index, serial in enumerate(self.heard):
            first_s = self._every_s * (index + 1) / (len(self.heard) + 1)
            world.after(first_s, ACTOR, "report", serial=serial)
        world.after(DAY_S - world.unix_time % DAY_S, ACTOR, "midnight")

    @property
    def watts(self) -> int:
        """Of all together, as each has reported last."""
        return sum(each.last.watts for each in self.heard.values())

    @property
    def produced_j(self) -> int:
        """By all together, as far as they have reported."""
        return sum(each.produced_j for each in self.heard.values())

    @property
    def last_unix(self) -> int:
        """When the last of them has reported; 0 without any."""
        return max((each.last.end_unix for each in self.heard.values()), default=0)

    def is_heard(self, serial_number: str) -> bool:
        """Whether it has reported when it was due."""
        age_s = self._world.unix_time - self.heard[serial_number].last.end_unix
        return age_s < 2 * self._every_s

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A report is due, or a day has ended."""
        if event == "midnight":
            for heard in self.heard.values():
                heard.days.midnight(heard.produced_j)
            self._world.after(DAY_S, ACTOR, "midnight")
            return
        serial = str(payload["serial"])
        self._world.after(self._every_s, ACTOR, "report", serial=serial)
        inverter = self._inverters.by_serial_number[serial]
        is_first = serial == next(iter(self.heard))
        if is_first and self._world.has_defect("inverter-never-reports"):
            return
        if inverter.is_awake and self._gateway.answers:
            self._energy.live()
            self._take(self.heard[serial], inverter)

    def _take(self, heard: Heard, inverter: Inverter) -> None:
        produced_j = inverter.produced_nj // _NJ_PER_J
        if self._world.has_defect("inverters-report-half"):
            produced_j //= 2
        used_j = inverter.used_nj // _NJ_PER_J
        now = int(self._world.unix_time)
        report = Report(
            now,
            now - heard.last.end_unix,
            produced_j - heard.produced_j,
            used_j - heard.used_j,
        )
        if not report.produced_j and not heard.last.produced_j and inverter.power_mw <= 0:
            return  # it is night, and its last report said so already
        heard.last, heard.produced_j, heard.used_j = report, produced_j, used_j
        heard.max_watts = max(heard.max_watts, report.watts)
        heard.heard_for_s += report.duration_s
