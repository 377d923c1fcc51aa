"""What a rig's baseline is made of: each thing that a test can leave behind, and its undoing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.envoy.settings import SettingsGroup
from hil.envoy.zigbee import ProvisionItem
from hil.rig.facet import Facet, Garbled
from hil.rig.zigbee_facets import (
    Communicating,
    JoiningAllowed,
    OnTheNetwork,
    Provisioned,
    Sealed,
)
from hil.vocabulary.grid import MainsState
from hil.waiting import Waiting


@dataclass(frozen=True)
class MainsCommand(Facet):
    """What the mains relay was commanded to be."""

    envoy: Envoy
    name = "mains relay, commanded"
    is_hazard = True

    @property
    def wanted(self) -> object:
        return str(MainsState.CLOSED)

    def read(self) -> object:
        return str(self.envoy.ensemble.relay().mains_admin_state)

    def put_back(self, found: object, now: object) -> None:
        if found == MainsState.CLOSED:
            self.envoy.ensemble.close_relay()
        else:
            self.envoy.ensemble.open_relay()


@dataclass(frozen=True)
class MainsPosition(Facet):
    """Where the mains relay is. Follows its command, and opens by itself when the grid fails."""

    envoy: Envoy
    name = "mains relay"
    commanded = False
    is_hazard = True

    @property
    def wanted(self) -> object:
        return str(MainsState.CLOSED)

    def read(self) -> object:
        return str(self.envoy.ensemble.relay().mains_oper_state)

    def put_back(self, found: object, now: object) -> None:
        # A command that came while no battery was heard is shown, and was never carried out; given
        # again it changes nothing where the relay is on its way.
        if found == MainsState.CLOSED:
            self.envoy.ensemble.close_relay()


@dataclass(frozen=True)
class Settings(Facet):
    """One group of settings."""

    title: str
    group: SettingsGroup[Any]
    is_put_back_unread = True

    @property
    def name(self) -> str:
        return self.title

    def read(self) -> object:
        return self.group.configured(self.group.document())

    def differs(self, found: object, now: object) -> bool:
        # Where it was never set up a gateway shows its switch only, and may show more afterwards.
        assert isinstance(found, dict)
        assert isinstance(now, dict)
        return any(now.get(key) != value for key, value in found.items())

    def put_back(self, found: object, now: object) -> None:
        assert isinstance(found, dict)
        # On top of what is there, for the parts that the gateway sets and are not compared.
        stored = {} if isinstance(now, Garbled) else self.group.document()
        self.group.write_back(stored | found)


def _settings_of(envoy: Envoy) -> Sequence[Settings]:
    site = envoy.site_settings
    return (
        Settings("power export limit", site.pel),
        Settings("power control settings", site.pcs),
        Settings("DER ports", site.der),
        Settings("dry contact settings", site.dry_contact),
        Settings("generator configuration", site.gen_config),
        Settings("generator mode", site.gen_mode),
        Settings("generator schedule", site.gen_schedule),
        Settings("tariff", envoy.tariff),
    )


@dataclass(frozen=True)
class RelaxedParameters(Facet):
    """The trip parameters that are relaxed for an island; none where nothing is stored."""

    envoy: Envoy
    name = "relaxed parameters"

    def read(self) -> object:
        return self.envoy.grid_profile.relaxed_parameters.read() or {}

    def put_back(self, found: object, now: object) -> None:
        assert isinstance(found, dict)
        if found:
            self.envoy.grid_profile.relaxed_parameters.add(found)
        else:
            self.envoy.grid_profile.relaxed_parameters.delete()


@dataclass(frozen=True)
class Quiet(Facet):
    """Whether a node was told to log what its radio does."""

    node: Node
    is_remembered = True

    @property
    def name(self) -> str:
        return f"{self.node.name}: verbose"

    @property
    def wanted(self) -> object:
        return "off"

    def read(self) -> object:
        return "on" if self.node.verbose_is_on else "off"

    def put_back(self, found: object, now: object) -> None:
        self.node.verbose(found == "on")


def facets_of(
    envoy: Envoy,
    nodes: Sequence[Node],
    *,
    has_relay: bool,
    items: Mapping[str, ProvisionItem],
    waiting: Waiting,
) -> list[Facet]:
    """Every facet of a rig, in the order in which they are put back."""
    return [
        *(JoiningAllowed(node) for node in nodes),
        Provisioned(envoy, items, waiting),
        *(OnTheNetwork(node, envoy, items[node.serial_number]) for node in nodes),
        Sealed(envoy, waiting),
        Communicating(envoy, tuple(nodes), waiting),
        *((MainsCommand(envoy), MainsPosition(envoy)) if has_relay else ()),
        *_settings_of(envoy),
        RelaxedParameters(envoy),
        *(Quiet(node) for node in nodes),
    ]
