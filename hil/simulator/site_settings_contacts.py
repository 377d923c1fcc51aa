"""What the dry contacts are for. Keys from public captures, values made up."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from hil.simulator.site_settings_form import Settings

_Action = Literal["apply", "shed", "none", "schedule"]
_Second = Annotated[float, Field(ge=0, le=86400)]
_Percent = Annotated[float, Field(ge=0, le=100)]
_Count = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class DryContactUse(Settings):
    """One contact, whole."""

    id: Literal["NC1", "NC2", "NO1", "NO2"]
    type: Literal["NONE", "PV", "LOAD", "3RD-PV"]
    grid_action: _Action
    micro_grid_action: _Action
    gen_action: _Action
    essential_start_time: _Second
    essential_end_time: _Second
    priority: _Count
    black_s_start: _Count
    override: Literal["true", "false"]
    manual_override: Literal["true", "false", "none"] | bool
    load_name: str
    mode: Literal["manual", "soc"]
    soc_low: _Percent
    soc_high: _Percent
    pv_serial_nb: list[str]
    safe_state_action: _Action = "apply"
    black_start_retries: _Count = 0.0
    action_retries: _Count = 0.0
    pv_phase_select: list[str] = Field(default_factory=list)

    LATE: ClassVar[frozenset[str]] = frozenset(
        {"safe_state_action", "black_start_retries", "action_retries", "pv_phase_select"}
    )
    """Of 8.3 only; a client that leaves them out is not refused (public reports)."""

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.soc_low >= self.soc_high:
            raise ValueError("soc_low is not below soc_high")
        return self


def first_uses() -> tuple[DryContactUse, ...]:
    """A site with two loads on its normally open contacts; an island sheds the first."""
    return (
        _use("NC1", 1),
        _use("NC2", 2),
        _use("NO1", 3, load="Pool pump", micro_grid="shed"),
        _use("NO2", 4, load="Furnace"),
    )


def _use(
    name: Literal["NC1", "NC2", "NO1", "NO2"],
    priority: int,
    *,
    load: str = "",
    micro_grid: Literal["apply", "shed"] = "apply",
) -> DryContactUse:
    return DryContactUse(
        id=name,
        type="LOAD" if load else "NONE",
        grid_action="apply",
        micro_grid_action=micro_grid,
        gen_action="apply",
        essential_start_time=32400.0,
        essential_end_time=57600.0,
        priority=float(priority),
        black_s_start=5.0,
        override="true" if load else "false",
        manual_override="true",
        load_name=load,
        mode="manual",
        soc_low=30.0,
        soc_high=70.0,
        pv_serial_nb=[],
    )
