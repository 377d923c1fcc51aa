"""`envoy.grid_profile`: the active grid profile, and what each inverter carries of it."""

from typing import Literal

from pydantic import Field

from hil.envoy import reading
from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number
from hil.envoy.inverters_status import (
    InvertersStatus,
    by_either_path,
    by_old_path,
    set_phase,
)
from hil.envoy.relaxed_params import RelaxedParameters
from hil.errors import Refused, Unintelligible

ARF = "/ivp/arf/profile"
ACTIVE = "/ivp/grest/profile/active"
RECORD = "/ivp/adc/record"
SELECT = "/installer/agf/set_profile.json"

_ACCEPTED = "accepted"
"""Source: a public interface description; the answer ends so, and another client looks for it."""

RecordKind = Literal["fpf", "vrt", "frt", "tpm"]
"""Fixed power factor, voltage and frequency ride-through, trip and reconnect parameters."""


class ProfileSummary(Document):
    """`/ivp/arf/profile`. Source: the interface page, and a public interface description."""

    name: str
    id: str
    """`<uuid>:0`."""
    version: str
    item_count: int


class FixedPowerFactor(Document):
    """Record `fpf`; the shape is assumed."""

    ena: bool
    pf: Number
    excitation: str


class CurvePoint(Document):
    """A point of a trip curve: `x` in ms; `y` in percent of nominal volts, or in Hz."""

    x: Number
    y: Number


Curves = dict[str, tuple[CurvePoint, ...]]
"""By logical node: `PTUV1`, `PTOV1`, `PTUF1`, `PTOF1`. The shape is assumed."""


class TripParameters(Document):
    """Record `tpm`; the shape is assumed. The window to reconnect in is of profiles that have their own."""

    ov_fast_v: Number
    ov_fast_ms: Number
    uv_fast_v: Number
    uv_fast_ms: Number
    reconnect_s: Number
    reconnect_low_v: Number | None = None
    reconnect_high_v: Number | None = None
    reconnect_low_hz: Number | None = None
    reconnect_high_hz: Number | None = None
    ramp_pct_s: Number
    island_ms: Number


Record = FixedPowerFactor | Curves | TripParameters


class ActiveRecords(Document):
    """The active profile. Name, meid and version are as captured, the four records are assumed."""

    name: str
    meid: str
    """`<uuid>:0`: the `id` of the summary."""
    version: str
    fpf: FixedPowerFactor
    vrt: Curves
    frt: Curves
    tpm: TripParameters

    def content(self, kind: RecordKind) -> Record:
        """One of the four."""
        records: dict[RecordKind, Record] = {
            "fpf": self.fpf,
            "vrt": self.vrt,
            "frt": self.frt,
            "tpm": self.tpm,
        }
        return records[kind]


class ActiveProfile(Document):
    """`/ivp/grest/profile/active`."""

    pf_status: str = Field(alias="pf-status")
    is_activated: bool = Field(alias="is-activated")
    profile: ActiveRecords


class CarriedProfile(Document):
    """Which profile an inverter says its record is of."""

    id: str
    version: str


class InverterRecord(Document):
    """`/ivp/adc/record`: what one inverter carries. The shape is assumed."""

    eid: int
    serial_num: str
    profile: CarriedProfile
    record: str | None = None
    """The kind asked for. What it says when all four were asked for is not known."""
    fpf: FixedPowerFactor | None = None
    vrt: Curves | None = None
    frt: Curves | None = None
    tpm: TripParameters | None = None

    @property
    def content(self) -> Record:
        """The record, where one kind was asked for.

        Raises:
            Unintelligible: there is none, or more than one.
        """
        carried = [each for each in (self.fpf, self.vrt, self.frt, self.tpm) if each is not None]
        if len(carried) != 1:
            raise Unintelligible(
                f"{RECORD}: inverter {self.serial_num} (eid {self.eid}): one record expected, "
                f"{len(carried)} came"
            )
        return carried[0]


class GridProfile:
    """`/ivp/arf`, `/ivp/grest` and `/ivp/adc`: three views that have to agree."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.relaxed_parameters = RelaxedParameters(conversation)
        self.phases_were_set = False
        """Whether this process has set one."""

    def inverters_status(self) -> InvertersStatus:
        """What each inverter has taken over of the profile."""
        return by_either_path(self._conversation)

    def inverters_status_by_old_path(self) -> InvertersStatus:
        """The same, asked for at the path that it had first."""
        return by_old_path(self._conversation)

    def set_phase(self, serial_number: str, phase: str) -> None:
        """Say by hand on which phase an inverter is: `ph-a`, `ph-b`, `ph-c`, `ph-unk`.

        Raises:
            Refused: the gateway did not take it; NotOffered where it knows no such inverter.
        """
        self.phases_were_set = True
        set_phase(self._conversation, serial_number, phase)

    def select(self, name: str, version: str) -> None:
        """Make another profile the active one; returns when that is accepted, long before it is
        in every device.

        Raises:
            Refused: the gateway does not have it, or did not take it.
            NotAuthorized: it takes an installer's token.
        """
        conversation = self._conversation
        reply = conversation.http.put(SELECT, json={"selected_profile": f"{name}:{version}"})
        conversation.accept(reply)
        if _ACCEPTED not in reply.text.lower():
            said = reading.scrubbed(reply.text, conversation.redactor)
            raise Refused(
                f"{conversation.gateway}: PUT {SELECT} for {name} {version}: {reply.status}, "
                f"and says {said.strip()[:200]!r}",
                status=reply.status,
                body=said,
            )

    def arf(self) -> ProfileSummary:
        """Name and version of the active profile."""
        return self._conversation.get(ProfileSummary, ARF)

    def active(self) -> ActiveProfile:
        """The active profile with its records; up to a megabyte on a real gateway."""
        return self._conversation.get(ActiveProfile, ACTIVE)

    def record(self, eid: int, kind: RecordKind | None = None) -> InverterRecord:
        """What the inverter with this eid carries; all four kinds without `kind`.

        Raises:
            NotOffered: nobody has this eid.
            Unintelligible: the answer is of another inverter, or lacks the kind asked for.
        """
        query: dict[str, str | int] = {"eid": eid}
        if kind == "tpm":
            query["tpm"] = "true"
        elif kind is not None:
            query["agf"] = kind
        record = self._conversation.get(InverterRecord, RECORD, query=query)
        if record.eid != eid or (kind is not None and getattr(record, kind) is None):
            raise Unintelligible(
                f"{self._conversation.gateway}: GET {RECORD} for eid {eid}, {kind or 'all records'}:"
                f" the answer is of eid {record.eid}, {record.record or 'no kind named'}"
            )
        return record
