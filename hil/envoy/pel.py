"""`envoy.site_settings.pel`: the power export limit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from pydantic import Field, model_validator

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number, to_wire
from hil.errors import HilError, RestoreFailed

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


class PowerExportLimit:
    """`/ivp/ss/pel_settings`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def read(self) -> PelSettings:
        """What is stored."""
        return self._conversation.get(PelSettings, PEL)

    def document(self) -> dict[str, object]:
        """What is stored, with the gateway's own keys."""
        return _document(self.read())

    def write(self, settings: PelSettings | Mapping[str, object]) -> PelSettings:
        """Send settings, or any mapping of the gateway's keys, legal or not; what is then stored.

        Raises:
            Refused: the gateway did not take them.
        """
        found = to_wire(settings) if isinstance(settings, PelSettings) else dict(settings)
        return self.write_raw({"pel_settings": found})

    def write_raw(self, body: Mapping[str, object] | str | bytes) -> PelSettings:
        """POST any body; what is then stored."""
        return self._conversation.post(PelSettings, PEL, body)

    @contextmanager
    def changed(self, changes: Mapping[str, object]) -> Iterator[PelSettings]:
        """Hold `changes` (the gateway's keys) for a block, then put back what was there.

        Gives what the gateway says it stored.

        Raises:
            RestoreFailed: what was there did not come back.
        """
        before = self.document()
        try:
            yield self.write(before | dict(changes))
        finally:
            self._put_back(before)

    def _put_back(self, before: dict[str, object]) -> None:
        tried = f"{self._conversation.gateway}: POST {PEL} to put back {before}"
        try:
            after = _document(self.write(before))
        except HilError as error:
            raise RestoreFailed(f"{tried}: {error}") from error
        if after != before:
            raise RestoreFailed(f"{tried}: it stored {after}")


def _document(settings: PelSettings) -> dict[str, object]:
    document = to_wire(settings)
    assert isinstance(document, dict)
    return document
