"""What keeps power within limits on the grid: the export limit (PEL) and power control (PCS).

Each acts after its own time, and not at all below its dead band; the times and limits are those of
the site's settings.
"""

from hil.simulator.assumptions import PhysicsAssumptions
from hil.simulator.meters import CONSUMPTION
from hil.simulator.network import Network
from hil.simulator.site_settings import SiteSettings
from hil.simulator.steps import has_come
from hil.simulator.world import World


class Delayed:
    """Something that begins a while after its cause, and ends with it."""

    def __init__(self) -> None:
        self.is_acting = False
        self._since_s = 0.0
        """When its cause came; of account while it waits."""
        self.due_s: float | None = None
        """When it will begin, while its cause waits."""

    def update(
        self, now_s: float, *, cause: bool, after_s: float, keeps: bool | None = None
    ) -> bool:
        """Whether it acts now. `keeps` is what it goes on for, where that is less than its cause.

        A wait that is set anew counts from when the cause came.
        """
        if self.is_acting:
            self.is_acting = cause if keeps is None else keeps
        if self.is_acting or not cause:
            self.due_s = None
        else:
            self._since_s = now_s if self.due_s is None else self._since_s
            self.due_s = self._since_s + after_s
            self.is_acting = has_come(self.due_s - now_s)
            self.due_s = None if self.is_acting else self.due_s
        return self.is_acting


class ExportLimits:
    """The limits in force now, in mW; None where there is none."""

    def __init__(
        self,
        world: World,
        settings: SiteSettings,
        network: Network,
        *,
        line_v: float,
        nameplate_w: float,
    ) -> None:
        self._world, self._settings, self._network = world, settings, network
        self._line_v, self._nameplate_w = line_v, nameplate_w
        self._soft, self._hard, self._panel = Delayed(), Delayed(), Delayed()
        self._silence = Delayed()
        self._tripped_until_s: float | None = None

    @property
    def due_s(self) -> list[float]:
        """When one of them begins or ends by itself."""
        waits = [each.due_s for each in (self._soft, self._hard, self._panel, self._silence)]
        return [at_s for at_s in (*waits, self._tripped_until_s) if at_s is not None]

    @property
    def is_metered(self) -> bool:
        """Whether the gateway is up and measures what is exported."""
        return self._network.powered and CONSUMPTION not in self._settings.disabled_meters

    def stand_by(self) -> None:
        """The site is off the grid: nothing is exported, nothing limited."""
        for each in (self._soft, self._hard, self._panel):
            each.update(self._world.now_s, cause=False, after_s=0.0)

    @property
    def export_mw(self) -> int | None:
        """The export limit, where one is on."""
        pel = self._settings.pel
        if not pel.PEL or (pel.apparent and self._world.has_defect("limit-in-va-not-kept")):
            return None
        share_w = self._nameplate_w * pel.PEL_Limit / 100
        in_percent = pel.percent and not self._world.has_defect("limit-in-percent-is-watts")
        return round(1000 * (share_w if in_percent else pel.PEL_Limit))

    @property
    def pv_mw(self) -> int | None:
        """What the inverters may give at most, whatever the site draws."""
        caps: list[int | None] = []
        if not self._world.has_defect("inverters-breaker-not-kept"):
            caps.append(self._breaker_mw("PVOversubscription", self._settings.pcs.pvBreaker))
        pel, limit_mw = self._settings.pel, self.export_mw
        is_silent = self._silence.update(
            self._world.now_s,
            cause=limit_mw is not None and not self.is_metered and pel.Comm_Time_Loss > 0,
            after_s=pel.Comm_Time_Loss * self._assumed.limit_time_unit_s,
        )
        if is_silent and not self._world.has_defect("unmetered-export-unlimited"):
            caps.append(limit_mw)
        if self.is_tripped:
            caps.append(0)
        return min((cap for cap in caps if cap is not None), default=None)

    @property
    def share_of_sun_mw(self) -> int | None:
        """What the inverters may give of their rating, on the grid or off it (`/ivp/sc/pvlimit`)."""
        limit = self._settings.pv_limit
        if not limit.enable or self._world.has_defect("pv-limit-not-kept"):
            return None
        return round(1000 * self._nameplate_w * limit.pv_limit_pct / 100)

    @property
    def storage_mw(self) -> int | None:
        """What the batteries may give or take at most."""
        if self._world.has_defect("batteries-breaker-not-kept"):
            return None
        return self._breaker_mw("EnchargeOversubscription", self._settings.pcs.enchargeBreaker)

    def spared_w(self, breaker_a: float) -> float:
        """What a breaker carries for good."""
        whole = self._world.has_defect("panel-limit-is-the-whole-breaker")
        return (1.0 if whole else self._assumed.continuous_share) * breaker_a * self._line_v

    def panel_mw(self, unlimited_mw: int) -> int | None:
        """What inverters and batteries may give together, when they would give `unlimited_mw`."""
        limit_mw = self._breaker_mw("MPUAvoidance", self._settings.pcs.mainPanelDERBreaker)
        acts = self._panel.update(
            self._world.now_s,
            cause=limit_mw is not None and unlimited_mw > limit_mw,
            after_s=self._assumed.pcs_reaction_s,
        )
        return limit_mw if acts and not self._world.has_defect("panel-not-spared") else None

    def soft_mw(self, unlimited_mw: int) -> int | None:
        """What may be exported, when `unlimited_mw` would be."""
        pel, limit_mw = self._settings.pel, self.export_mw
        is_on = limit_mw is not None and pel.Soft_PEL and self.is_metered
        acts = self._soft.update(
            self._world.now_s,
            cause=is_on and limit_mw is not None and unlimited_mw > limit_mw + self._dead_band_mw,
            keeps=is_on and limit_mw is not None and unlimited_mw > limit_mw,
            after_s=pel.Resp_Time_SoftPEL * self._assumed.limit_time_unit_s,
        )
        return limit_mw if acts and not self._world.has_defect("soft-limit-never-acts") else None

    def trips(self, exported_mw: int) -> bool:
        """Whether the inverters let go now, since too much was exported for too long."""
        pel, limit_mw = self._settings.pel, self.export_mw
        is_on = limit_mw is not None and pel.Hard_PEL and not self.is_tripped
        acts = self._hard.update(
            self._world.now_s,
            cause=is_on and limit_mw is not None and exported_mw > limit_mw + self._dead_band_mw,
            after_s=pel.Resp_Time_HardPEL * self._assumed.limit_time_unit_s,
        )
        if not acts or self._world.has_defect("hard-limit-never-trips"):
            return False
        least_s, unit_s = self._assumed.hard_limit_reset_s, self._assumed.limit_time_unit_s
        self._tripped_until_s = self._world.now_s + max(least_s, pel.msReset_HardPEL * unit_s)
        return True

    @property
    def is_tripped(self) -> bool:
        """Whether a hard limit keeps everything from being exported now."""
        ends_s = self._tripped_until_s
        if ends_s is not None and has_come(ends_s - self._world.now_s):
            self._tripped_until_s = None
        if not (self._settings.pel.PEL and self._settings.pel.Hard_PEL):
            self._tripped_until_s = None
        return self._tripped_until_s is not None

    @property
    def _dead_band_mw(self) -> int:
        pel = self._settings.pel
        band = pel.PEL_db * (2 if self._world.has_defect("dead-band-counts-twice") else 1)
        share_w = self._nameplate_w * band / 100
        in_percent = pel.percent and not self._world.has_defect("dead-band-in-percent-is-watts")
        return round(1000 * (share_w if in_percent else band))

    def _breaker_mw(self, offering: str, rating_a: float) -> int | None:
        """Of a kind of power control that is on and a breaker that is there."""
        if not getattr(self._settings.pcs.pcsOffering, offering) or rating_a <= 0:
            return None
        return round(1000 * self.spared_w(rating_a))

    @property
    def _assumed(self) -> PhysicsAssumptions:
        return self._world.assumptions.physics
