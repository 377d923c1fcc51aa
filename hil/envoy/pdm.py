"""`envoy.pdm`: energy by day, and the last readings of every inverter and meter. Source: captures of 8.3."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from hil.envoy.conversation import Conversation
from hil.envoy.document import Bare, Document
from hil.envoy.production import Totals

ENERGY, DEVICE_DATA = "/ivp/pdm/energy", "/ivp/pdm/device_data"


class ProductionEnergy(Document):
    """By who has measured it."""

    pcu: Totals
    """By the inverters' own reports."""
    rgm: Totals
    eim: Totals
    """By the meter; as `/api/v1/production`."""


class ConsumptionEnergy(Document):
    """By the meter."""

    eim: Totals


class Energy(Document):
    """Energy by day; with whole Wh."""

    production: ProductionEnergy
    consumption: ConsumptionEnergy


class Nothing(Document):
    """`{}`: no reading yet, or none any more."""


def _is_empty(value: object) -> str:
    return "none" if value == {} or isinstance(value, Nothing) else "some"


class InverterReading(Document):
    """The last report of one inverter."""

    eid: int
    interval_type: int
    end_unix: int = Field(alias="endDate")
    duration: int
    """s"""
    flags: int
    flags_hex: str
    produced_j: int = Field(alias="joulesProduced")
    ac_mv: int = Field(alias="acVoltageINmV")
    ac_mhz: int = Field(alias="acFrequencyINmHz")
    dc_mv: int = Field(alias="dcVoltageINmV")
    dc_ma: int = Field(alias="dcCurrentINmA")
    channel_c: int = Field(alias="channelTemp")
    conversion_error_s: int = Field(alias="pwrConvErrSecs")
    conversion_error_cycles: int = Field(alias="pwrConvMaxErrCycles")
    used_j: int = Field(alias="joulesUsed")
    leading_vars: int = Field(alias="leadingVArs")
    lagging_vars: int = Field(alias="laggingVArs")
    ac_ma: int = Field(alias="acCurrentInmA")
    l1_mv: int = Field(alias="l1NAcVoltageInmV")
    l2_mv: int = Field(alias="l2NAcVoltageInmV")
    l3_mv: int = Field(alias="l3NAcVoltageInmV")
    rssi: int
    issi: int


class InverterLifetime(Document):
    """Since it was put up."""

    created_unix: int = Field(alias="createdTime")
    duration: int
    """s"""
    produced_j: int = Field(alias="joulesProduced")


class MeterLifetime(Document):
    """Since it was put up."""

    created_unix: int = Field(alias="createdTime")
    duration: int
    """s"""
    wh_dlvd_cum: int
    varh_lead_cum: int
    varh_lag_cum: int
    vah_cum: int


class MeterReading(Document):
    """The last quarter of an hour on one channel of a meter."""

    eid: int
    interval_type: int
    end_unix: int = Field(alias="endDate")
    duration: int
    """s"""
    curr_w: int
    wh_dlvd_cum: int
    varh_lead_cum: int
    varh_lag_cum: int
    vah_cum: int
    rms_mvolt: int
    rms_mamp: int
    freq_mhz: int
    wh_pos: int
    wh_neg: int


class EnergyByDay(Document):
    """Wh"""

    today: int
    yesterday: int
    week: int


class Watts(Document):
    """W"""

    now: int
    now_used: int = Field(alias="nowUsed")
    max: int


class Channel(Document):
    """What every channel says."""

    channel_eid: int = Field(alias="chanEid")
    created_unix: int = Field(alias="created")
    energy: EnergyByDay = Field(alias="wattHours")
    watts: Watts


class InverterChannel(Channel):
    """A panel's input; some inverters have two."""

    last_reading: Annotated[
        Annotated[InverterReading, Tag("some")] | Annotated[Nothing, Tag("none")],
        Discriminator(_is_empty),
    ] = Field(alias="lastReading")
    lifetime: Annotated[
        Annotated[InverterLifetime, Tag("some")] | Annotated[Nothing, Tag("none")],
        Discriminator(_is_empty),
    ]


class MeterChannel(Channel):
    """A leg."""

    last_reading: Annotated[
        Annotated[MeterReading, Tag("some")] | Annotated[Nothing, Tag("none")],
        Discriminator(_is_empty),
    ] = Field(alias="lastReading")
    lifetime: Annotated[
        Annotated[MeterLifetime, Tag("some")] | Annotated[Nothing, Tag("none")],
        Discriminator(_is_empty),
    ]


class DeviceState(Document):
    """What an inverter and a meter say alike."""

    serial_number: str = Field(alias="sn")
    active: bool
    is_gone: bool = Field(alias="modGone")


class InverterData(DeviceState):
    """A microinverter."""

    kind: Literal["pcu"] = Field(alias="devName")
    channels: tuple[InverterChannel, ...]


class MeterData(DeviceState):
    """A meter; says that it is gone in every capture, of meters that work."""

    kind: Literal["eim"] = Field(alias="devName")
    channels: tuple[MeterChannel, ...]


class OtherData(Document):
    """Hardware that is not tested here: Q relays (`nsrb`), …"""

    described = False

    kind: str = Field(alias="devName")
    serial_number: str = Field(alias="sn")


def _kind(value: object) -> str:
    if isinstance(value, int):
        return "number"
    kind = value.get("devName") if isinstance(value, dict) else getattr(value, "kind", None)
    return str(kind) if kind in ("pcu", "eim") else "other"


DeviceOrNumber = Annotated[
    Annotated[InverterData, Tag("pcu")]
    | Annotated[MeterData, Tag("eim")]
    | Annotated[OtherData, Tag("other")]
    | Annotated[int, Tag("number")],
    Discriminator(_kind),
]


class DeviceData(Bare[dict[str, DeviceOrNumber]]):
    """Devices by eid, and among them how many there are and how many there may be."""

    @property
    def inverters(self) -> dict[str, InverterData]:
        """By serial number."""
        found = (each for each in self.root.values() if isinstance(each, InverterData))
        return {each.serial_number: each for each in found}

    @property
    def is_complete(self) -> bool:
        """Whether there are no more than the gateway tells."""
        count, limit = self.root.get("deviceCount"), self.root.get("deviceDataLimit")
        return isinstance(count, int) and isinstance(limit, int) and count < limit


class Pdm:
    """`/ivp/pdm`: firmware 8.2.4 and later."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def energy(self) -> Energy:
        """By day."""
        return self._conversation.get(Energy, ENERGY)

    def device_data(self) -> DeviceData:
        """Every inverter and meter."""
        return self._conversation.get(DeviceData, DEVICE_DATA)
