"""How a generator is set up. Keys of 8.2.127 from public captures; most sites have none."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from hil.simulator.site_file import GeneratorTruth
from hil.simulator.site_settings_form import Settings

_Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Percent = Annotated[int, Field(ge=0, le=100)]
_Minutes = Annotated[int, Field(ge=0)]
_Day = Literal["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


class GenConfig(Settings):
    """The flat document of `/ivp/ss/gen_config`; the name plate rating is in kW."""

    max_cont_gen_amps: _Positive
    min_gen_loading_perc: _Percent
    max_gen_efficiency_perc: _Percent
    name_plate_rating_wat: _Positive
    start_method: Literal["Auto", "auto", "Manual", "manual"]
    warm_up_mins: _Minutes
    cool_down_mins: _Minutes
    gen_type: str
    model: str
    manufacturer: str
    last_updated_by: str
    generator_id: str
    charge_from_generator: bool


class GenMode(Settings):
    """The last command."""

    gen_cmd: Literal["off", "on", "auto"]
    last_updated_by: str = "ITK"


class Exercise(Settings):
    """When it runs for the sake of running; minutes."""

    freq_in_weeks: Annotated[int, Field(ge=1, le=4)]
    start: Annotated[int, Field(ge=0, le=1439)]
    duration: Annotated[int, Field(ge=10, le=60)]
    day: _Day


class SocWindow(Settings):
    """Percent."""

    start_soc: _Percent
    stop_soc: _Percent

    @model_validator(mode="after")
    def _starts_below_stop(self) -> Self:
        if self.start_soc >= self.stop_soc:
            raise ValueError("start_soc is not below stop_soc")
        return self


class GenSchedule(Settings):
    """The document of `/ivp/ss/gen_schedule`; its seasons are kept as they came."""

    exercise_config: Exercise
    default_soc: SocWindow
    schedule: dict[str, JsonValue]
    last_updated_by: str


def first_config(truth: GeneratorTruth) -> GenConfig:
    """As the installer left it."""
    return GenConfig(
        max_cont_gen_amps=truth.max_cont_gen_amps,
        min_gen_loading_perc=truth.min_gen_loading_perc,
        max_gen_efficiency_perc=truth.max_gen_efficiency_perc,
        name_plate_rating_wat=truth.name_plate_rating_kw,
        start_method=truth.start_method,
        warm_up_mins=truth.warm_up_mins,
        cool_down_mins=truth.cool_down_mins,
        gen_type="Standby",
        model=truth.model,
        manufacturer=truth.manufacturer,
        last_updated_by="ITK",
        generator_id="",
        charge_from_generator=True,
    )


def first_schedule(truth: GeneratorTruth) -> GenSchedule:
    """An exercise on Sundays, and one period that is always on (both public captures have it)."""
    period: JsonValue = {
        "id": "normal_1",
        "start": 0.0,
        "duration": 1440.0,
        "start_soc": 100.0,
        "stop_soc": -1.0,
        "setting": "AON",
    }
    days: JsonValue = {
        "id": "all_days",
        "week_days": "Mon,Tue,Wed,Thu,Fri,Sat,Sun",
        "periods": [period],
    }
    season: JsonValue = {"id": "always_on", "start": "1/1", "end": "12/31", "days": [days]}
    return GenSchedule(
        exercise_config=Exercise(freq_in_weeks=2, start=660, duration=20, day="Sun"),
        default_soc=SocWindow(start_soc=truth.start_soc_pct, stop_soc=truth.stop_soc_pct),
        schedule={"default": [season]},
        last_updated_by="ITK",
    )
