"""One simulated site: everything on it, in one object that can be copied."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from hil.errors import SuiteError
from hil.simulator.ac_source import AcSource
from hil.simulator.access.control import AccessControl, OpenAccess
from hil.simulator.access.digest import DigestAccess
from hil.simulator.assumptions import Assumptions
from hil.simulator.attenuator import Attenuator
from hil.simulator.defects import DEFECTS
from hil.simulator.dry_contacts import DryContacts
from hil.simulator.energy import Energy
from hil.simulator.enter_service import EnterService
from hil.simulator.export_limits import ExportLimits
from hil.simulator.firmware_update import FirmwareUpdate
from hil.simulator.gateway import Gateway
from hil.simulator.grid import Grid
from hil.simulator.grid_profile import Propagation
from hil.simulator.interval_records import IntervalRecords
from hil.simulator.inverter_reports import InverterReports
from hil.simulator.inverters import Inverters
from hil.simulator.legs import Legs
from hil.simulator.meters import Meter, first_meters
from hil.simulator.network import Network
from hil.simulator.node import Node
from hil.simulator.places import PlaceRule
from hil.simulator.power_report import PowerReport
from hil.simulator.power_switch import RAPID_SHUTDOWN, PowerSwitch
from hil.simulator.provisioning import Provisioning
from hil.simulator.rapid_shutdown import RapidShutdown
from hil.simulator.relay import MainsRelay
from hil.simulator.relay_guards import Guard
from hil.simulator.relay_report import RelayReport
from hil.simulator.shell.serial_console import SerialConsole
from hil.simulator.site_file import Access, SiteFile
from hil.simulator.site_settings import SiteSettings
from hil.simulator.wireless import Wireless
from hil.simulator.world import World

PAST_S = 3600.0
"""How long a site has been running at rig second 0."""

PROFILE_CHANGED_AT_S = -3500.0
"""When its grid profile was last changed."""

_COMMISSIONED_BEFORE_EPOCH_S = 87_000

BEGINS_AT_S = -600.0
"""When a site is brought to where it was captured: by then its profile is in every device."""

_POLLS_BEFORE_S = 30.0
"""Time for every battery to answer a poll."""


@dataclass(frozen=True, slots=True)
class BiasOverride:
    """Biases as somebody has told them, until secondary control writes them anew."""

    told: Mapping[str, float] = field(default_factory=dict)
    until_s: float = 0.0


@dataclass
class Site:
    """Everything on a site. `copy.deepcopy` gives a second one that lives on by itself."""

    truth: SiteFile
    world: World
    network: Network
    nodes: dict[str, Node]
    """The Zigbee devices by serial number, the Enpower first."""
    provisioning: Provisioning
    relay: MainsRelay
    relay_report: RelayReport
    profile: Propagation
    energy: Energy
    settings: SiteSettings
    gateway: Gateway
    console: SerialConsole
    """The gateway's own."""
    wireless: Wireless
    grid: Grid
    power_switch: PowerSwitch
    ac_source: AcSource
    attenuator: Attenuator
    rapid_shutdown: RapidShutdown
    contacts: DryContacts
    power: PowerReport
    meters: dict[int, Meter]
    """By eid."""
    inverter_reports: InverterReports
    interval_records: IntervalRecords
    firmware_update: FirmwareUpdate
    access: AccessControl
    bias_override: BiasOverride = field(default_factory=BiasOverride)
    rest_hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each (method, path) was asked."""

    @property
    def commissioned_unix(self) -> int:
        """When its devices were put up."""
        return self.world.epoch - _COMMISSIONED_BEFORE_EPOCH_S


def build_site(
    truth: SiteFile,
    *,
    seed: int = 0,
    epoch: int = 0,
    defects: Collection[str] = (),
    token_key: bytes | None = None,
    begin: Callable[[Site], object] | None = None,
    assumptions: Assumptions | None = None,
) -> Site:
    """A site at rig second 0, with an hour of normal life behind it and its charge as in its file.

    `epoch` is the UNIX time at rig second 0. Nobody has read what its devices said until then.
    `token_key` is the public key (PEM) that the gateway knows tokens by, where it lets in by them.
    `assumptions` are those of the file where none are given.
    `begin` may bring it to another state before, and use up to 600 s of its past for that.

    Raises:
        SuiteError: a defect that is not in the catalogue; tokens without a key.
    """
    unknown = sorted(set(defects) - set(DEFECTS))
    if unknown:
        raise SuiteError(
            f"no defect called {', '.join(unknown)}; there are: {', '.join(sorted(DEFECTS))}"
        )
    assumed = assumptions or Assumptions.load()
    world = World(assumed, seed=seed, epoch=epoch, starts_at_s=-PAST_S, defects=defects)
    network = Network(world, truth.gateway)
    nodes = {node.serial_number: Node(node, world, network) for node in truth.nodes}
    encharges = tuple(encharge.serial_number for encharge in truth.encharges)
    inverters = Inverters(world, truth.inverters, arrays=truth.energy.arrays)
    profile = Propagation(
        world,
        network=network,
        nodes=tuple(nodes),
        inverters=inverters,
        active=truth.previous_profile,
    )
    grid = Grid(world, truth.grid, profile=profile)
    relay = MainsRelay(
        world,
        network=network,
        grid=grid,
        profile=profile,
        enpower=truth.enpower.serial_number if truth.enpower else None,
        encharges=encharges,
    )
    provisioning = Provisioning(
        world,
        network,
        truth.nodes,
        PlaceRule(
            world,
            truth.wiring,
            truth.gateway.firmware,
            installed={each.der_index for each in truth.encharges},
        ),
    )
    relay.guards.watch(Guard.COMMISSIONING, provisioning.holds_the_relay)
    if truth.enpower is not None:
        relay.override_is_latched = truth.enpower.manual_override
    settings = SiteSettings(
        world,
        reserve_pct=truth.energy.reserve_pct,
        ensemble=truth.wiring.ensemble,
        generator=truth.generator,
    )
    meters = first_meters(truth.wiring.legs)
    enters = EnterService(world, profile=profile, relay=relay)
    rapid_shutdown = RapidShutdown(world, enters=enters, relay=relay)
    energy = Energy(
        world,
        network=network,
        relay=relay,
        grid=grid,
        encharges=truth.encharges,
        inverters=inverters,
        settings=settings,
        limits=ExportLimits(
            world,
            settings,
            network,
            line_v=truth.wiring.legs * truth.grid.nominal_v,
            nameplate_w=sum(inverter.rated_power_w for inverter in truth.inverters),
        ),
        meters=meters,
        legs=Legs(truth.wiring, load_shares=truth.energy.load_shares, encharges=truth.encharges),
        rapid_shutdown=rapid_shutdown,
        enters=enters,
        truth=truth.energy,
    )
    relay_report = RelayReport(world, relay)
    wireless = Wireless(world)
    console = SerialConsole(world, name=truth.gateway.serial_number)
    gateway = Gateway(
        world,
        network=network,
        provisioning=provisioning,
        settings=settings,
        wireless=wireless,
        console=console,
        firmware=truth.gateway.firmware,
    )
    site = Site(
        truth=truth,
        world=world,
        network=network,
        nodes=nodes,
        provisioning=provisioning,
        relay=relay,
        relay_report=relay_report,
        profile=profile,
        energy=energy,
        settings=settings,
        contacts=DryContacts(world, relay=relay, energy=energy, settings=settings),
        power=PowerReport(
            world,
            network=network,
            energy=energy,
            relay_report=relay_report,
            settings=settings,
        ),
        meters=meters,
        inverter_reports=InverterReports(world, inverters, energy=energy, gateway=gateway),
        interval_records=IntervalRecords(world, energy),
        firmware_update=FirmwareUpdate(
            world, nodes=nodes, relay=relay, energy=energy, images=truth.images
        ),
        gateway=gateway,
        console=console,
        wireless=wireless,
        grid=grid,
        power_switch=PowerSwitch(
            world,
            [
                (truth.gateway.serial_number, gateway),
                *nodes.items(),
                *inverters.by_serial_number.items(),
                *([(RAPID_SHUTDOWN, rapid_shutdown)] if truth.enpower else []),
            ],
        ),
        ac_source=AcSource(grid),
        attenuator=Attenuator([*nodes.items()]),
        rapid_shutdown=rapid_shutdown,
        access=_access(truth, world, gateway, token_key),
    )
    world.advance(PROFILE_CHANGED_AT_S)
    site.profile.activate(truth.profile)
    if begin is not None:
        world.advance(BEGINS_AT_S)
        begin(site)
        # The views of the powers are as old as a poll: by then they are those of this charge.
        world.advance(-_POLLS_BEFORE_S)
        _charge(site)
    world.advance(0.0)
    _charge(site)
    world.settle()
    world.take_printed()
    inverters.sleep_at_night = True
    return site


def _charge(site: Site) -> None:
    for encharge in site.truth.encharges:
        site.energy.set_charge(encharge.soc_pct, encharge.serial_number)


def _access(
    truth: SiteFile, world: World, gateway: Gateway, token_key: bytes | None
) -> AccessControl:
    match truth.gateway.access:
        case Access.OPEN:
            return OpenAccess()
        case Access.DIGEST:
            return DigestAccess(truth.gateway, world)
        case Access.TOKEN:
            if token_key is None:
                raise SuiteError("a gateway that lets in by tokens needs a key to know them by")
            # Not above: its libraries are slow to load, and most sites are open.
            from hil.simulator.access.token_access import TokenAccess

            return TokenAccess(world, truth.gateway, gateway=gateway, public_pem=token_key)
