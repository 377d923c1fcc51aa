"""Rates, and how the batteries are to be used. Keys from public captures."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from hil.simulator.site_settings_form import Settings

_Percent = Annotated[float, Field(ge=0, le=100)]


class Currency(Settings):
    """Of the rates."""

    code: str


class StorageSettings(Settings):
    """Percent; `date` is UNIX seconds as text, written by the gateway."""

    mode: Literal["self-consumption", "backup", "savings-mode", "economy"]
    operation_mode_sub_type: Literal["", "prioritize-energy"] = ""
    reserved_soc: Annotated[int, Field(ge=0, le=100)] | _Percent
    very_low_soc: Annotated[int, Field(ge=5, le=25)]
    charge_from_grid: bool
    date: str = ""
    opt_schedules: bool = False
    """The cloud decides: a mode that is written is taken and ignored (public reports)."""


class SingleRate(Settings):
    """Per kWh."""

    rate: int | float
    sell: float


class Tariff(Settings):
    """What is written; seasons are kept as they came."""

    currency: Currency
    logger: str = "mylogger"
    date: str = ""
    storage_settings: StorageSettings
    single_rate: SingleRate
    seasons: list[dict[str, JsonValue]]
    seasons_sell: list[dict[str, JsonValue]] = Field(default_factory=list)
    """Real clients leave an empty one out, and gateways take it (pyenphase)."""


def first_tariff(*, reserve_pct: float, very_low_soc_pct: int, date: str) -> Tariff:
    """One rate all year, self-consumption."""
    period: JsonValue = {"id": "period_1", "start": 0, "rate": 0}
    days: JsonValue = {
        "id": "all_days",
        "days": "Mon,Tue,Wed,Thu,Fri,Sat,Sun",
        "must_charge_start": 0,
        "must_charge_duration": 0,
        "must_charge_mode": "CP",
        "peak_rule": "DL",
        "enable_discharge_to_grid": False,
        "periods": [period],
    }
    return Tariff(
        currency=Currency(code="USD"),
        date=date,
        storage_settings=StorageSettings(
            mode="self-consumption",
            reserved_soc=int(reserve_pct),
            very_low_soc=very_low_soc_pct,
            charge_from_grid=False,
            date=date,
        ),
        single_rate=SingleRate(rate=0, sell=0.04),
        seasons=[{"id": "all_year_long", "start": "1/1", "days": [days], "tiers": []}],
        seasons_sell=[],
    )
