"""What the process of `/ivp/sc` is told. `pvlimit` as captured; the other bodies are assumed."""

from typing import Annotated

from pydantic import Field

from hil.simulator.site_settings_form import Settings

_Watts = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PvLimit(Settings):
    """How much of what they are rated the inverters give at most."""

    enable: bool
    pv_limit_pct: Annotated[int, Field(ge=0, le=100)]


class HighBackupSoc(Settings):
    """To how much the batteries are charged at most. What else it does nobody has said: it is only kept."""

    high_backup_soc: Annotated[int, Field(ge=0, le=100)]


class SetPointOverride(Settings):
    """What the batteries are told in place of what was computed: percent of their rating, negative
    charges, as the set points of `/ivp/sc/status` have it.
    """

    enable: bool
    setpoint_pct: Annotated[float, Field(ge=-100, le=100)]


class ThirdPartyInverter(Settings):
    """What the interface page says that is set of each."""

    serial_num: Annotated[str, Field(min_length=1)]
    ac_nameplate_w: _Watts
    freq_watt: bool


class ThirdPartyPv(Settings):
    """Every inverter of another maker."""

    third_party_pv: list[ThirdPartyInverter]
