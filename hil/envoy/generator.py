"""The generator: how it runs (`/ivp/ensemble`) and how it is set up (`/ivp/ss`).

Source: captures of 7.3 to 8.3, two of them with a generator. Without one all settings are `{}`,
while `present` in the live status is 1 below 8.2.4264 all the same.
"""

from typing import Self

from pydantic import JsonValue, model_validator

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number
from hil.envoy.settings import SettingsGroup

GEN_CONFIG = "/ivp/ss/gen_config"
GEN_MODE = "/ivp/ss/gen_mode"
GEN_SCHEDULE = "/ivp/ss/gen_schedule"


class Generator(Document):
    """`/ivp/ensemble/generator`."""

    admin_state: str
    """`unknown`, `open`, `close`: not `closed`."""
    oper_state: str
    admin_mode: int
    """0 none, 2 auto or on."""
    schedule: int
    start_soc: int
    """Percent; 100 where nothing is set."""
    stop_soc: int
    """Percent; -1 where nothing is set."""
    exc_on: int
    present: int
    """No proof of a generator, see above: settings that are not empty are one."""
    type: int


class _AllOrNothing(Document):
    """Every field, or none at all where there is no generator."""

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        fields = type(self).model_fields
        absent = [name for name in fields if getattr(self, name) is None]
        if absent and (len(absent) < len(fields) or self.model_extra):
            raise ValueError(f"{', '.join(absent)} missing beside the other settings")
        return self


class GeneratorConfig(_AllOrNothing):
    """What the generator can do."""

    max_cont_gen_amps: Number | None = None
    min_gen_loading_perc: Number | None = None
    max_gen_efficiency_perc: Number | None = None
    name_plate_rating_wat: Number | None = None
    """kW, whatever its name says."""
    start_method: str | None = None
    """`Auto` or `auto`."""
    warm_up_mins: Number | None = None
    cool_down_mins: Number | None = None
    gen_type: str | None = None
    model: str | None = None
    manufacturer: str | None = None
    last_updated_by: str | None = None
    generator_id: str | None = None
    charge_from_generator: bool | None = None
    """Snaps back to true on a site without batteries."""


class GeneratorMode(_AllOrNothing):
    """The last command."""

    gen_cmd: str | None = None
    """`off`, `on` or `auto`."""
    last_updated_by: str | None = None


class Exercise(Document):
    """When it runs for the sake of running."""

    freq_in_weeks: int
    """1 to 4."""
    start: int
    """Minute of the day."""
    duration: int
    """Minutes, 10 to 60."""
    day: str
    """`Sun` to `Sat`."""


class SocWindow(Document):
    """Starts below `start_soc`, stops above `stop_soc`; percent."""

    start_soc: Number
    stop_soc: Number


class GeneratorSchedule(_AllOrNothing):
    """When it may run."""

    exercise_config: Exercise | None = None
    default_soc: SocWindow | None = None
    schedule: dict[str, JsonValue] | None = None
    """Seasons with days with periods, kept as they came."""
    last_updated_by: str | None = None


class GenConfig(SettingsGroup[GeneratorConfig]):
    """`/ivp/ss/gen_config`; the answer to a write is not read, what is stored is asked for."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, GEN_CONFIG, GeneratorConfig)


class GenMode(SettingsGroup[GeneratorMode]):
    """`/ivp/ss/gen_mode`; a change takes a few seconds to show (public captures)."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, GEN_MODE, GeneratorMode)


class GenSchedule(SettingsGroup[GeneratorSchedule]):
    """`/ivp/ss/gen_schedule`."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, GEN_SCHEDULE, GeneratorSchedule)
