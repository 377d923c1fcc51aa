"""What a test can leave behind on the gateway itself, and hardly any test touches.

Only a write of ours changes it. So it is read when the baseline is taken, and again only once this
process has written there; whoever makes a rig safe is another process, and reads it for real.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hil.envoy.client import Envoy
from hil.rig.facet import Facet
from hil.rig.facets import Settings


@dataclass(frozen=True)
class _Meters(Facet):
    """Which meters are enabled, by eid."""

    envoy: Envoy
    name = "meters"

    def read(self) -> object:
        return {str(meter.eid): meter.state for meter in self.envoy.meters.read().root}

    def put_back(self, found: object, now: object) -> None:
        assert isinstance(found, dict)
        for eid, state in found.items():
            self.envoy.meters.write_raw(int(eid), {"state": state})


@dataclass(frozen=True)
class _InverterPhases(Facet):
    """The phases of inverters that were set by hand, by serial number."""

    envoy: Envoy
    name = "phases of the inverters, set by hand"

    def read(self) -> object:
        listed = self.envoy.grid_profile.inverters_status().root
        return {each.serial_num: each.man_ph_ind for each in listed}

    def put_back(self, found: object, now: object) -> None:
        assert isinstance(found, dict)
        assert isinstance(now, dict)
        for serial_number, phase in found.items():
            if now.get(serial_number) != phase:
                self.envoy.grid_profile.set_phase(serial_number, phase)


@dataclass(frozen=True)
class _DryContacts(Facet):
    """Where the dry contacts are. An island moves them too, and settings have them read open for a while."""

    envoy: Envoy
    name = "dry contacts"

    def read(self) -> object:
        return dict(self.envoy.ensemble.dry_contacts().states)

    def put_back(self, found: object, now: object) -> None:
        assert isinstance(found, dict)
        assert isinstance(now, dict)
        for contact, status in found.items():
            if now.get(contact) != status:
                self.envoy.ensemble.command_dry_contact(contact, status)


@dataclass(frozen=True)
class ReadWhenWritten(Facet):
    """Another facet, read again only once `is_written` says that it may have changed."""

    inner: Facet
    is_written: Callable[[], bool]
    _found: list[object] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.inner.name

    def read(self) -> object:
        if self.is_written() or not self._found:
            self._found[:] = [self.inner.read()]
        return self._found[0]

    def differs(self, found: object, now: object) -> bool:
        return self.inner.differs(found, now)

    def put_back(self, found: object, now: object) -> None:
        self.inner.put_back(found, now)


class _MovesByItself(ReadWhenWritten):
    """It may be otherwise without a command of ours."""

    commanded = False


def gateway_facets(envoy: Envoy) -> list[Facet]:
    """Every one of them."""
    control = envoy.secondary_control
    return [
        _MovesByItself(_DryContacts(envoy), lambda: envoy.ensemble.contacts_were_commanded),
        ReadWhenWritten(_Meters(envoy), lambda: envoy.meters.was_written),
        ReadWhenWritten(_InverterPhases(envoy), lambda: envoy.grid_profile.phases_were_set),
        ReadWhenWritten(
            Settings("limit of the PV production", control.pv_limit),
            lambda: control.pv_limit.was_written,
        ),
        *_high_backup_soc(envoy),
        ReadWhenWritten(
            Settings("inverters of another maker", control.third_party_pv),
            lambda: control.third_party_pv.was_written,
        ),
    ]


def _high_backup_soc(envoy: Envoy) -> list[Facet]:
    limit = envoy.high_backup_soc
    if limit is None:
        return []
    return [ReadWhenWritten(Settings("high backup SoC limit", limit), lambda: limit.was_written)]
