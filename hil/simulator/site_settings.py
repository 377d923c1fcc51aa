"""What can be set on a site, each group of settings whole and all or nothing."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hil.simulator.site_file import GeneratorTruth
from hil.simulator.site_settings_contacts import DryContactUse, first_uses
from hil.simulator.site_settings_control import (
    HighBackupSoc,
    PvLimit,
    SetPointOverride,
    ThirdPartyPv,
)
from hil.simulator.site_settings_form import Settings, checked
from hil.simulator.site_settings_generator import (
    GenConfig,
    GenMode,
    GenSchedule,
    first_config,
    first_schedule,
)
from hil.simulator.site_settings_power import DerPorts, DerSettings, PcsSettings, first_ports
from hil.simulator.site_settings_tariff import Tariff, first_tariff
from hil.simulator.world import World

_Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PelSettings(Settings):
    """The flat document of `/ivp/ss/pel_settings` with the keys of 8.2 (public captures).

    `PEL_Limit` and `PEL_db` in W, VA or percent, as `percent` and `apparent` say; times in ms.
    """

    PEL: bool = False
    Hard_PEL: bool = False
    Soft_PEL: bool = False
    Export_Limit_Type: Literal["Aggregate"] = "Aggregate"
    percent: bool = False
    apparent: bool = False
    PEL_Limit: _Limit = 0.0
    Comm_Time_Loss: _Limit = 0.0
    Resp_Time_SoftPEL: _Limit = 0.0
    Resp_Time_HardPEL: _Limit = 0.0
    msReset_HardPEL: _Limit = 0.0  # noqa: N815  the wire's name
    PEL_db: _Limit = 0.0

    @model_validator(mode="after")
    def _percent_is_at_most_100(self) -> Self:
        if self.percent and self.PEL_Limit > 100:
            raise ValueError("PEL_Limit over 100 percent")
        return self


class SiteSettings:
    """The settings in force."""

    def __init__(
        self,
        world: World,
        *,
        reserve_pct: float,
        ensemble: str = "2.0",
        generator: GeneratorTruth | None = None,
    ) -> None:
        self._world = world
        self.pel = PelSettings()
        self.is_streaming = True
        """`sc_stream` of livedata; off, its powers are fresh every minute only."""
        self.pcs = PcsSettings()
        self.der = first_ports(ensemble)
        self.contacts = {use.id: use for use in first_uses()}
        self.pv_limit = PvLimit(enable=False, pv_limit_pct=100)
        self.high_backup_soc = HighBackupSoc(high_backup_soc=100)
        self.set_point = SetPointOverride(enable=False, setpoint_pct=0.0)
        self.third_party_pv = ThirdPartyPv(third_party_pv=[])
        self.inverter_phases: Mapping[str, str] = {}
        """By serial number: the phases that somebody has set by hand."""
        self.gen_config = first_config(generator) if generator else None
        self.gen_mode = GenMode(gen_cmd="auto") if generator else None
        self.gen_schedule = first_schedule(generator) if generator else None
        self.tariff = first_tariff(
            reserve_pct=reserve_pct,
            very_low_soc_pct=world.assumptions.physics.very_low_soc_pct,
            date=str(world.epoch),
        )
        self.relaxed_parameters: dict[str, object] | None = None
        self.disabled_meters: frozenset[int] = frozenset()
        """By eid."""

    def __setattr__(self, name: str, value: object) -> None:
        """Whatever is set is followed at once by whoever has to."""
        super().__setattr__(name, value)
        self._world.touch()

    def change_pel(self, changes: Mapping[str, object]) -> None:
        """Replace the given keys, all or none.

        Raises:
            ValueError: a key or value is illegal; names it. So do all that follow.
        """
        self.pel = checked(PelSettings, self.pel.model_dump() | dict(changes))

    def change_pcs(self, changes: Mapping[str, object]) -> None:
        """Replace the given keys, all or none."""
        changed = checked(PcsSettings, self.pcs.model_dump() | dict(changes))
        if not self._world.has_defect("pcs-limit-not-stored"):
            self.pcs = changed

    def change_der(self, body: Mapping[str, object]) -> None:
        """Replace what hangs on the DER ports."""
        try:
            self.der = checked(DerSettings, body)
        except ValueError:
            if not self._world.has_defect("der-setting-accepts-illegal"):
                raise
            ports = body.get("der")
            if not isinstance(ports, Mapping):
                raise
            # Whatever was sent is kept as it came.
            stored = DerPorts.model_construct(**{str(key): ports[key] for key in ports})
            self.der = DerSettings.model_construct(der=stored)

    def change_pv_limit(self, body: Mapping[str, object]) -> None:
        """Replace both keys; they come together."""
        self.pv_limit = checked(PvLimit, body)

    def change_high_backup_soc(self, body: Mapping[str, object]) -> None:
        """Replace it."""
        limit = checked(HighBackupSoc, body)
        if not self._world.has_defect("high-backup-soc-forgotten"):
            self.high_backup_soc = limit

    def change_set_point(self, body: Mapping[str, object]) -> None:
        """Replace both keys; they come together."""
        self.set_point = checked(SetPointOverride, body)

    def change_third_party_pv(self, body: Mapping[str, object]) -> None:
        """Replace every inverter of another maker."""
        inverters = checked(ThirdPartyPv, body)
        if not self._world.has_defect("third-party-pv-forgotten"):
            self.third_party_pv = inverters

    def change_contact(self, body: Mapping[str, object]) -> None:
        """Replace the settings of one dry contact; they come whole."""
        use = checked(DryContactUse, body)
        if not self._world.has_defect("dry-contact-setting-forgotten"):
            self.contacts = self.contacts | {use.id: use}

    def change_gen_config(self, body: Mapping[str, object]) -> None:
        """Replace all of it; nothing in it: there is no generator."""
        config = checked(GenConfig, body) if body else None
        if config is not None and self._world.has_defect("gen-config-partly-stored"):
            config = config.model_copy(update={"warm_up_mins": 0, "cool_down_mins": 0})
        self.gen_config = config

    def change_gen_mode(self, body: Mapping[str, object]) -> None:
        """Replace the last command; nothing in it: none was given."""
        mode = checked(GenMode, body) if body else None
        if not self._world.has_defect("gen-mode-forgotten"):
            self.gen_mode = mode

    def change_gen_schedule(self, body: Mapping[str, object]) -> None:
        """Replace all of it; nothing in it: none is set."""
        schedule = checked(GenSchedule, body) if body else None
        if schedule is not None and self._world.has_defect("gen-schedule-swaps-hours"):
            on_a_twelve_hour_clock = schedule.exercise_config.start % 720
            exercise = schedule.exercise_config.model_copy(update={"start": on_a_twelve_hour_clock})
            schedule = schedule.model_copy(update={"exercise_config": exercise})
        self.gen_schedule = schedule

    def change_tariff(self, body: Mapping[str, object]) -> None:
        """Replace all of it but the dates, which are the gateway's."""
        wanted = checked(Tariff, body)
        if self._world.has_defect("tariff-accepted-and-ignored"):
            return
        date = str(int(self._world.unix_time))
        kept: dict[str, object] = {"date": date}
        if self.tariff.storage_settings.opt_schedules and wanted.storage_settings.opt_schedules:
            kept["mode"] = self.tariff.storage_settings.mode
        storage = wanted.storage_settings.model_copy(update=kept)
        self.tariff = wanted.model_copy(update={"date": date, "storage_settings": storage})
