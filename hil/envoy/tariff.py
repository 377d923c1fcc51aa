"""`envoy.tariff`: rates, and how the batteries are to be used. Source: captures of 5.0 to 8.3."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import JsonValue

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number, Since
from hil.envoy.settings import SettingsGroup

TARIFF = "/admin/lib/tariff"

_STAMPS = ("date",)
"""Written by the gateway, not by us."""


class Currency(Document):
    """Of the rates."""

    code: str


class SingleRate(Document):
    """Per kWh, bought and sold."""

    rate: Number
    # Not of 4.10 (one public capture).
    sell: Annotated[Number | None, Since("5.0")] = None


class StorageSettings(Document):
    """How the batteries are to be used."""

    mode: str | None = None
    """`self-consumption`, `backup`, `savings-mode`, `economy`; null on some sites."""
    operation_mode_sub_type: str | None = None
    reserved_soc: Number
    """Percent, as `very_low_soc`."""
    very_low_soc: Number
    charge_from_grid: bool
    date: str | None = None
    """UNIX seconds, as text."""
    # Some systems from 8.2.4264 on. While true, a mode that is written is not taken (public).
    opt_schedules: bool | None = None


class Period(Document):
    """A time of the day with its rate; `start` in minutes."""

    id: str
    start: int
    rate: Number


class Days(Document):
    """Days of the week that are alike."""

    id: str
    days: str
    """`Mon,Tue,…`."""
    # None of the five on the tariff for what is sold.
    must_charge_start: int | None = None
    must_charge_duration: int | None = None
    must_charge_mode: str | None = None
    peak_rule: str | None = None
    enable_discharge_to_grid: bool | None = None
    periods: tuple[Period, ...]


class Tier(Document):
    """Up to `limit` kWh; -1 is without limit."""

    id: str
    limit: int
    rate: Number


class Season(Document):
    """From `start` (`M/D`) on; by days, or by tiers."""

    id: str
    start: str
    days: tuple[Days, ...]
    # Not of what is sold.
    tiers: tuple[Tier, ...] | None = None


class Rates(Document):
    """The part that is written."""

    currency: Currency
    logger: Annotated[str | None, Since("7.0")] = None
    date: Annotated[str | None, Since("7.0")] = None
    """UNIX seconds, as text."""
    storage_settings: Annotated[StorageSettings | None, Since("7.0")] = None
    single_rate: SingleRate
    seasons: tuple[Season, ...]
    seasons_sell: Annotated[tuple[Season, ...] | None, Since("5.0")] = None


class TariffDocument(Document):
    """Everything."""

    tariff: Rates
    schedule: dict[str, JsonValue]
    """Made from the tariff on every read; what is written to it is dropped (public report)."""


class Tariff(SettingsGroup[TariffDocument]):
    """`/admin/lib/tariff`. What is written is the tariff without its schedule.

    A gateway with a cloud is given the cloud's tariff again within minutes (public report).
    """

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, TARIFF, TariffDocument, wrapped_in="tariff", method="PUT")

    def document(self) -> dict[str, object]:
        """The stored tariff, with the gateway's own keys and without its schedule."""
        return self._rates(super().document())

    def configured(self, document: Mapping[str, object]) -> dict[str, object]:
        """Without the dates, which the gateway sets, and without the schedule."""
        found = self._rates(document)
        storage = found.get("storage_settings")
        if isinstance(storage, dict):
            found["storage_settings"] = _without_stamps(storage)
        return _without_stamps(found)

    @staticmethod
    def _rates(document: Mapping[str, object]) -> dict[str, object]:
        rates = document.get("tariff", document)
        assert isinstance(rates, Mapping)
        return dict(rates)


def _without_stamps(document: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if key not in _STAMPS}
