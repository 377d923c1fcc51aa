"""`envoy.site_settings.pel`: the power export limit."""

from typing import Self

from pydantic import Field, model_validator

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number
from hil.envoy.settings import SettingsGroup

PEL = "/ivp/ss/pel_settings"

_TOGETHER = (
    "hard",
    "soft",
    "limit_type",
    "percent",
    "apparent",
    "limit",
    "comm_loss_ms",
    "soft_response_ms",
    "deadband",
)


class PelSettings(Document):
    """The limit. Half of the captured sites say only that it is off, and nothing else.

    Source: captures of 7.3 to 8.3.
    """

    is_on: bool = Field(alias="PEL")
    hard: bool | None = Field(alias="Hard_PEL", default=None)
    soft: bool | None = Field(alias="Soft_PEL", default=None)
    limit_type: str | None = Field(alias="Export_Limit_Type", default=None)
    """`Aggregate` in every capture."""
    percent: bool | None = None
    """Whether `limit` is in percent."""
    apparent: bool | None = None
    """Whether `limit` is in VA rather than in W."""
    limit: Number | None = Field(alias="PEL_Limit", default=None)
    """W, VA or percent, by the two flags."""
    comm_loss_ms: Number | None = Field(alias="Comm_Time_Loss", default=None)
    soft_response_ms: Number | None = Field(alias="Resp_Time_SoftPEL", default=None)
    # Absent on one system, 8.2.4382, that has all the others.
    hard_response_ms: Number | None = Field(alias="Resp_Time_HardPEL", default=None)
    hard_reset_ms: Number | None = Field(alias="msReset_HardPEL", default=None)
    deadband: Number | None = Field(alias="PEL_db", default=None)

    @model_validator(mode="after")
    def _all_or_only_the_switch(self) -> Self:
        present = [name for name in _TOGETHER if getattr(self, name) is not None]
        if present and len(present) < len(_TOGETHER):
            absent = [
                type(self).model_fields[name].alias or name
                for name in _TOGETHER
                if name not in present
            ]
            raise ValueError(f"{', '.join(absent)} missing beside the other settings")
        return self


class PowerExportLimit(SettingsGroup[PelSettings]):
    """`/ivp/ss/pel_settings`."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(
            conversation,
            PEL,
            PelSettings,
            wrapped_in="pel_settings",
            answers_with_document=True,
        )
