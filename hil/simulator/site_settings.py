"""What can be set on a site: the export limit (PEL)."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

_Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PelSettings(BaseModel):
    """The flat document of `/ivp/ss/pel_settings` with the keys of 8.2 (public captures).

    `PEL_Limit` and `PEL_db` in W, VA or percent, as `percent` and `apparent` say; times in ms.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

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

    def __init__(self) -> None:
        self.pel = PelSettings()
        self.is_streaming = True
        """`sc_stream` of livedata; only a word yet, the data is fresh either way."""

    def change_pel(self, changes: Mapping[str, object]) -> None:
        """Replace the given keys, all or none.

        Raises:
            ValueError: a key or value is illegal; names it.
        """
        try:
            self.pel = PelSettings.model_validate(self.pel.model_dump() | dict(changes))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from error
