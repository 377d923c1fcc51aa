"""What the meters show now. Source: captures of 7.3 to 8.3."""

from pydantic import Field

from hil.envoy.document import Bare, Document, Number

READINGS, REPORTS = "/ivp/meters/readings", "/ivp/meters/reports"
GRID_READING, PV_READING = "/ivp/meters/gridReading", "/ivp/meters/pvReading"


class Channel(Document):
    """One channel of a meter, or all of it."""

    eid: int
    timestamp: Number
    """UNIX seconds."""
    delivered_wh: Number = Field(alias="actEnergyDlvd")
    """At the mains: imported."""
    received_wh: Number = Field(alias="actEnergyRcvd")
    apparent_vah: Number = Field(alias="apparentEnergy")
    lagging_varh: Number = Field(alias="reactEnergyLagg")
    leading_varh: Number = Field(alias="reactEnergyLead")
    demand_w: Number = Field(alias="instantaneousDemand")
    power_w: Number = Field(alias="activePower")
    apparent_va: Number = Field(alias="apparentPower")
    reactive_var: Number = Field(alias="reactivePower")
    power_factor: Number = Field(alias="pwrFactor")
    voltage_v: Number = Field(alias="voltage")
    """Of all legs together, their sum."""
    current_a: Number = Field(alias="current")
    frequency_hz: Number = Field(alias="freq")


class Reading(Channel):
    """A meter."""

    channels: tuple[Channel, ...]
    """Three, whatever is connected; from 8.2 on an unused one may show that of another meter."""


class Readings(Bare[tuple[Reading, ...]]):
    """Every meter; from 8.3 on also some that `/ivp/meters` does not list."""

    @property
    def by_eid(self) -> dict[int, Reading]:
        return {each.eid: each for each in self.root}


class ReportLine(Document):
    """One leg, or all of a meter."""

    current_w: Number = Field(alias="currW")
    power_w: Number = Field(alias="actPower")
    apparent_va: Number = Field(alias="apprntPwr")
    reactive_var: Number = Field(alias="reactPwr")
    delivered_wh: Number = Field(alias="whDlvdCum")
    """Of consumption, less what was exported."""
    received_wh: Number = Field(alias="whRcvdCum")
    lagging_varh: Number = Field(alias="varhLagCum")
    leading_varh: Number = Field(alias="varhLeadCum")
    apparent_vah: Number = Field(alias="vahCum")
    voltage_v: Number = Field(alias="rmsVoltage")
    current_a: Number = Field(alias="rmsCurrent")
    power_factor: Number = Field(alias="pwrFactor")
    frequency_hz: Number = Field(alias="freqHz")


class Report(Document):
    """Production, net consumption, or total consumption, which is their sum."""

    created_unix: int = Field(alias="createdAt")
    kind: str = Field(alias="reportType")
    cumulative: ReportLine
    lines: tuple[ReportLine, ...]


class Reports(Bare[tuple[Report, ...]]):
    """All of them."""

    @property
    def by_kind(self) -> dict[str, Report]:
        return {each.kind: each for each in self.root}


class Phase(Document):
    """One phase; zeros where there is none."""

    phase: str
    """`L1`, …"""
    power_w: Number = Field(alias="activePower")
    reactive_var: Number | None = Field(alias="reactivePower", default=None)
    """Of the grid only."""
    voltage_v: Number = Field(alias="voltage")
    current_a: Number = Field(alias="current")
    frequency_hz: Number = Field(alias="freq")


class Phases(Document):
    """A meter by phase."""

    channels: tuple[Phase, ...]


class PhaseReadings(Bare[tuple[Phases, ...]]):
    """One element (one capture, 8.3.5169)."""
