"""What every body of the gateway has in common: it is described here, not policed.

Keys that nobody here knows are kept and reported as drift. A field is required, or required from
or until a firmware generation, beside its name: `Annotated[int | None, Since("8.1")] = None`. Such
a field may be absent elsewhere, and a null on the wire counts as absent. Types are strict: "30" is
not 30.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    RootModel,
    SerializationInfo,
)

from hil.vocabulary.grid import GridMode, MainsState
from hil.vocabulary.identity import Firmware
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import NetworkMode, PairingState

T = TypeVar("T")


class Document(BaseModel):
    """A JSON object of the gateway, or a part of one."""

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        strict=True,
        hide_input_in_errors=True,  # a validation error must not print a link key
        defer_build=True,  # no process of a rig uses them all
    )

    described: ClassVar[bool] = True
    """False where unknown keys are expected, and no drift: hardware that hil does not test yet."""


class Bare(RootModel[T], Generic[T]):
    """An answer of the gateway that is no object, or one whose keys are names of things."""

    model_config = ConfigDict(defer_build=True)


@dataclass(frozen=True, slots=True)
class Since:
    """The field is required from this firmware on."""

    firmware: str

    def requires(self, firmware: Firmware) -> bool:
        return firmware >= Firmware.parse(self.firmware)

    def __str__(self) -> str:
        return f"required since firmware {self.firmware}"


@dataclass(frozen=True, slots=True)
class Until:
    """The field is required below this firmware."""

    firmware: str

    def requires(self, firmware: Firmware) -> bool:
        return firmware < Firmware.parse(self.firmware)

    def __str__(self) -> str:
        return f"required until firmware {self.firmware}"


def _a_secret(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise ValueError("should be text")
    return Secret(value)


def _for_the_wire(secret: Secret, info: SerializationInfo) -> str:
    return secret.reveal() if info.context is _WIRE else str(secret)


_WIRE = object()

SecretText = Annotated[
    Secret, PlainValidator(_a_secret), PlainSerializer(_for_the_wire, return_type=str)
]
Number = int | float
"""Kept as it was spelled: 3000 stays whole, 3000.0 does not become so."""

Temperature = int | Literal["unknown"]
"""Degrees, or the word that gateways say in the ten minutes after a restart (public report)."""

# A word that nobody knows yet is drift, not a broken answer; it stays the text that it was.
MainsWord = Annotated[MainsState | str, Field(union_mode="left_to_right")]
GridModeWord = Annotated[GridMode | str, Field(union_mode="left_to_right")]
PairingWord = Annotated[PairingState | str, Field(union_mode="left_to_right")]
NetworkModeWord = Annotated[NetworkMode | str, Field(union_mode="left_to_right")]


def to_wire(document: BaseModel) -> object:
    """`document` as the JSON it came from, secrets and unknown keys included; for the wire only."""
    return document.model_dump(mode="json", by_alias=True, exclude_unset=True, context=_WIRE)
