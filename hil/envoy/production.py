"""`envoy.production`: what was made and used. Source: captures of 5.0 to 8.3.

Energy in Wh, power in W, as the gateway spells them. The page for people of 3.9 is none of these.
"""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from hil.envoy.conversation import Conversation
from hil.envoy.document import Bare, Document, Number, Since

PAGE = "/production.json?details=1"
TOTALS, INVERTERS = "/api/v1/production", "/api/v1/production/inverters"


class Totals(Document):
    """Production of a site, of the last whole quarter of an hour (inferred from captures)."""

    today_wh: int = Field(alias="wattHoursToday")
    seven_days_wh: int = Field(alias="wattHoursSevenDays")
    """Before today."""
    lifetime_wh: int = Field(alias="wattHoursLifetime")
    now_w: int = Field(alias="wattsNow")


class InverterReport(Document):
    """What one inverter has reported last; some minutes ago, at night hours."""

    serial_number: str = Field(alias="serialNumber")
    reported_unix: int = Field(alias="lastReportDate")
    dev_type: Annotated[int | None, Since("5.0")] = Field(alias="devType", default=None)
    last_w: int = Field(alias="lastReportWatts")
    max_w: int = Field(alias="maxReportWatts")


class InverterReports(Bare[tuple[InverterReport, ...]]):
    """Every inverter."""

    @property
    def by_serial_number(self) -> dict[str, InverterReport]:
        return {each.serial_number: each for each in self.root}

    @property
    def total_w(self) -> int:
        """Of all together."""
        return sum(each.last_w for each in self.root)


class Line(Document):
    """One leg of a meter, or all of it."""

    now_w: Number = Field(alias="wNow")
    lifetime_wh: Number = Field(alias="whLifetime")
    leading_varh: Number = Field(alias="varhLeadLifetime")
    lagging_varh: Number = Field(alias="varhLagLifetime")
    apparent_vah: Number = Field(alias="vahLifetime")
    current_a: Number = Field(alias="rmsCurrent")
    voltage_v: Number = Field(alias="rmsVoltage")
    """Of all legs together, their sum."""
    reactive_var: Number = Field(alias="reactPwr")
    apparent_va: Number = Field(alias="apprntPwr")
    power_factor: Number = Field(alias="pwrFactor")
    today_wh: Number = Field(alias="whToday")
    seven_days_wh: Number = Field(alias="whLastSevenDays")
    apparent_today_vah: Number = Field(alias="vahToday")
    leading_today_varh: Number = Field(alias="varhLeadToday")
    lagging_today_varh: Number = Field(alias="varhLagToday")


class MeterEntry(Line):
    """A meter."""

    type: Literal["eim"]
    active_count: int = Field(alias="activeCount")
    """0 where it is switched off."""
    measures: str = Field(alias="measurementType")
    reading_unix: int = Field(alias="readingTime")
    lines: tuple[Line, ...] | None = None
    """With `details=1`."""


class OtherEntry(Document):
    """The inverters together (`inverters`), by what they reported last; or another kind."""

    type: str
    active_count: int = Field(alias="activeCount")
    reading_unix: int = Field(alias="readingTime")
    now_w: Number = Field(alias="wNow")
    lifetime_wh: Number | None = Field(alias="whLifetime", default=None)
    """Not of AC batteries."""
    stored_wh: Number | None = Field(alias="whNow", default=None)
    """Of AC batteries."""
    state: str | None = None
    """Of AC batteries."""
    charge_pct: int | None = Field(alias="percentFull", default=None)
    """Of AC batteries, where there are any."""


def _kind(value: object) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return "eim" if kind == "eim" else "other"


Entry = Annotated[
    Annotated[MeterEntry, Tag("eim")] | Annotated[OtherEntry, Tag("other")], Discriminator(_kind)
]


class ProductionPage(Document):
    """What is made, used and stored, by whom it is measured."""

    production: tuple[Entry, ...]
    consumption: tuple[Entry, ...] | None = None
    """Absent without meters."""
    storage: tuple[Entry, ...]
    """AC batteries; Encharges are not among them."""

    @property
    def meters(self) -> dict[str, MeterEntry]:
        """By what is measured: `production`, `net-consumption`, `total-consumption`."""
        every = (*self.production, *(self.consumption or ()))
        return {each.measures: each for each in every if isinstance(each, MeterEntry)}

    @property
    def inverters(self) -> OtherEntry | None:
        """All of them together."""
        found = [each for each in self.production if each.type == "inverters"]
        return found[0] if found and isinstance(found[0], OtherEntry) else None


class Production:
    """`/production.json` and `/api/v1/production`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def page(self) -> ProductionPage:
        """Everything, leg by leg. A slow page: up to a minute on some gateways (public reports)."""
        return self._conversation.get(ProductionPage, PAGE)

    def totals(self) -> Totals:
        """By the meter."""
        return self._conversation.get(Totals, TOTALS)

    def inverters(self) -> InverterReports:
        """What each inverter reported last."""
        return self._conversation.get(InverterReports, INVERTERS)
