"""`envoy.meters`: the meters (current transformers) and what they are for."""

from collections.abc import Mapping
from typing import Annotated

from hil.envoy.conversation import Conversation
from hil.envoy.document import Bare, Document, Since
from hil.envoy.meter_readings import READINGS, REPORTS, Readings, Reports

METERS = "/ivp/meters"


class Meter(Document):
    """One meter. Source: captures of 5.0 to 8.3."""

    eid: int
    state: str
    """`enabled` or `disabled`."""
    measurementType: str  # noqa: N815  the gateway's own spelling, in this document only
    """`production`, `net-consumption`, `total-consumption`, `storage`, and others in 8.3."""
    phaseMode: str  # noqa: N815
    """What it could measure: `single`, `split`, `three`."""
    phaseCount: int  # noqa: N815
    """How many phases it does measure."""
    meteringStatus: str  # noqa: N815
    """`normal`, `not-metering`, `check-wiring`."""
    statusFlags: Annotated[tuple[str, ...] | None, Since("5.0")] = None  # noqa: N815

    @property
    def is_enabled(self) -> bool:
        return self.state == "enabled"


class MeterList(Bare[tuple[Meter, ...]]):
    """Every meter; none on a gateway without metering."""

    @property
    def by_type(self) -> Mapping[str, Meter]:
        """By what is measured; of two of the same kind, the last."""
        return {meter.measurementType: meter for meter in self.root}


class Meters:
    """`/ivp/meters`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.was_written = False
        """Whether this process has switched one."""

    def read(self) -> MeterList:
        """Every meter."""
        return self._conversation.get(MeterList, METERS)

    def readings(self) -> Readings:
        """What every meter shows now."""
        return self._conversation.get(Readings, READINGS)

    def reports(self) -> Reports:
        """Production, net and total consumption, now."""
        return self._conversation.get(Reports, REPORTS)

    def meter(self, eid: int) -> Meter:
        """One of them.

        Raises:
            NotOffered: there is no such meter.
        """
        return self._conversation.get(Meter, f"{METERS}/{eid}")

    def enable(self, eid: int) -> None:
        """Switch a meter on; what the answer holds is not known, as of the two that follow."""
        self.write_raw(eid, {"state": "enabled"})

    def disable(self, eid: int) -> None:
        """Switch a meter off. What depends on it (export limits) goes without."""
        self.write_raw(eid, {"state": "disabled"})

    def write_raw(self, eid: int, body: Mapping[str, object] | str | bytes) -> None:
        """PUT any body, legal or not.

        Raises:
            Refused: the gateway did not take it.
        """
        self.was_written = True
        self._conversation.accept(self._conversation.put(f"{METERS}/{eid}", body))
