"""The drivers of a rig, on wires that are open: what a run works with, and what a keeper makes a
rig safe with when the run is gone.
"""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from hil.clock import Clock, LimitedClock
from hil.consoles.console import Console
from hil.consoles.deaths import DeathWatch
from hil.consoles.encharge import Encharge
from hil.consoles.enpower import Enpower
from hil.consoles.gateway_shell import GatewayShell
from hil.consoles.verdicts import Witnesses
from hil.envoy.client import Envoy
from hil.envoy.zigbee import ProvisionItem
from hil.equipment.ac_source import AcSource
from hil.equipment.attenuator import Attenuator
from hil.equipment.power_switch import Outlet, PowerSwitch
from hil.errors import HilError
from hil.evidence.timeline import Timeline
from hil.faults.console_wire import ConsoleWire
from hil.faults.fault import FaultsOn
from hil.faults.gateway_wire import GatewayWire
from hil.rig.dialects import dialect_of
from hil.rig.facet import Facet
from hil.rig.facets import facets_of
from hil.rig.gateway_facets import gateway_facets
from hil.rig.gateway_time import GatewayTime
from hil.rig.gateway_update import GatewayUpdate
from hil.rig.instrument_facets import Instruments, instrument_facets
from hil.rig.opened_instruments import power_cycle_of
from hil.rig.opened_shell import opened_shell
from hil.rig.profile_facets import profile_facets
from hil.rig.rig_file import DeviceEntry, EnchargeEntry, EnpowerEntry, RigFile
from hil.rig.shell_facets import Installed, shell_facets
from hil.rig.wire_facets import FaultyWires
from hil.transports.curl import LOCALHOST
from hil.transports.http import Http
from hil.transports.http_auth import Auth, Bearer, Digest, NoAuth
from hil.transports.recorded import RecordedConsoles
from hil.transports.shell import Shell
from hil.transports.tcp_lines import TcpLines
from hil.vocabulary.identity import Firmware
from hil.vocabulary.secret import Secret
from hil.waiting import Waiting


@dataclass(frozen=True)
class Wires:
    """What reaches the rig: its clock, its timeline, its consoles; `stack` closes what is opened."""

    clock: Clock
    timeline: Timeline
    consoles: RecordedConsoles
    stack: ExitStack
    deaths: DeathWatch
    """Looks through all consoles for last words."""


@dataclass(frozen=True)
class Drivers:
    """Everything that speaks to the rig. Made without a word on any wire."""

    envoy: Envoy
    http: Http
    """What the gateway is reached with."""
    enpower: Enpower | None
    encharges: tuple[Encharge, ...]
    provision_items: Mapping[str, ProvisionItem]
    """How each device is provisioned, with its right key, by serial number."""
    power_switch: PowerSwitch | None
    ac_source: AcSource | None
    attenuator: Attenuator | None
    wires: FaultyWires
    gateway_shell: GatewayShell | None
    gateway_time: GatewayTime | None
    """None where nobody gets on the gateway's shell."""
    gateway_update: GatewayUpdate | None
    """None where the rig file does not say how."""
    facets: tuple[Facet, ...]
    """What a test can leave behind, in the order in which it is put back."""

    @property
    def nodes(self) -> tuple[Enpower | Encharge, ...]:
        """Every device with a console, the Enpower first."""
        return ((self.enpower,) if self.enpower else ()) + self.encharges


def link_keys(description: RigFile) -> dict[str, Secret]:
    """The key of each device, by serial number."""
    return {
        device.serial_number: device.link_key.resolve(description.folder)
        for device in description.devices
    }


@dataclass(frozen=True)
class Credentials:
    """What the rig file's secrets let us do."""

    keys: Mapping[str, Secret]
    """The link key of each device, by serial number."""
    auth: Auth


def credentials_of(description: RigFile) -> Credentials:
    """All of them. Raises RigFileError where one cannot be read."""
    return Credentials(link_keys(description), way_in(description))


def drivers_of(
    description: RigFile,
    wires: Wires,
    *,
    waiting: Waiting,
    credentials: Credentials | None = None,
    patience_s: float = 0.0,
) -> Drivers:
    """The drivers of a rig whose wires are open. A device whose console is not open has none; a
    run's all are.

    `credentials`: those that could be read, for whoever only looks. `patience_s`: as `Envoy` has it.

    Raises:
        RigFileError: a secret or a dialect override of the rig file cannot be used.
    """
    clock, timeline, stack = wires.clock, wires.timeline, wires.stack
    if credentials is None:
        credentials = credentials_of(description)
    instruments = _instruments(description, wires)
    power_switch = instruments.power_switch
    shell = opened_shell(description, clock=clock, timeline=timeline, consoles=wires.consoles)
    if shell is not None:
        stack.callback(shell.close)
    http = http_of(description, clock, timeline, credentials.auth, shell)
    stack.callback(http.close)
    envoy = Envoy(
        http,
        patience_s=patience_s,
        high_backup_soc_path=description.envoy.high_backup_soc_path,
    )
    consoles: dict[str, Console] = {}

    def console(device: DeviceEntry, called: str) -> Console:
        name = device.serial_number
        consoles[name] = Console(
            wires.consoles.recordings[name],
            device=f"{called} {name}",
            dialect=dialect_of(description, device),
            clock=clock,
            timeline=timeline,
            cross_examine=lambda: _witnesses(name, consoles, envoy),
            deaths=wires.deaths,
        )
        return consoles[name]

    enpower = None
    if description.enpower is not None and _is_open(description.enpower, wires):
        enpower = Enpower(
            console(description.enpower, "enpower"),
            serial_number=description.enpower.serial_number,
            waiting=waiting,
            power_cycle=power_cycle_of(power_switch, description.enpower.serial_number),
        )
    encharges = tuple(
        Encharge(
            console(device, "encharge"),
            serial_number=device.serial_number,
            waiting=waiting,
            power_cycle=power_cycle_of(power_switch, device.serial_number),
        )
        for device in description.encharges
        if _is_open(device, wires)
    )
    nodes: tuple[Enpower | Encharge, ...] = ((enpower,) if enpower else ()) + encharges
    items = {
        device.serial_number: _provision_item(device, credentials.keys.get(device.serial_number))
        for device in description.devices
    }
    faulty_wires = _faulty_wires(http, wires)
    gateway = f"envoy {description.envoy.serial_number}"
    gateway_shell = GatewayShell(shell, gateway=gateway) if shell is not None else None
    gateway_time = GatewayTime(gateway_shell, clock) if gateway_shell is not None else None
    gateway_update = _gateway_update(description, gateway_shell, envoy)
    facets = (
        *faulty_wires.facets,
        *instrument_facets(
            nodes,
            envoy,
            description.envoy.serial_number,
            tuple(each.serial_number for each in description.inverters),
            instruments,
        ),
        *([Installed(gateway_update)] if gateway_update is not None else []),
        *facets_of(
            envoy, nodes, has_relay=description.enpower is not None, items=items, waiting=waiting
        ),
        *profile_facets(envoy),
        *gateway_facets(envoy),
        *shell_facets(gateway_shell, gateway_time),
    )
    return Drivers(
        envoy,
        http,
        enpower,
        encharges,
        items,
        power_switch,
        instruments.ac_source,
        instruments.attenuator,
        faulty_wires,
        gateway_shell,
        gateway_time,
        gateway_update,
        facets,
    )


def _faulty_wires(http: Http, wires: Wires) -> FaultyWires:
    clock, on = wires.clock, FaultsOn(wires.timeline)
    time = clock.unlimited if isinstance(clock, LimitedClock) else clock
    return FaultyWires(
        on,
        GatewayWire(http, clock=time, timeline=wires.timeline, on=on),
        {name: ConsoleWire(name, wires.consoles, on=on) for name in wires.consoles.recordings},
    )


def _instruments(description: RigFile, wires: Wires) -> Instruments:
    """The bench's own instruments."""
    clock, timeline, stack = wires.clock, wires.timeline, wires.stack
    described = description.instruments
    power_switch, ac_source, attenuator = None, None, None
    if (switch := described.power_switch) is not None:
        http = Http(switch.url, clock=clock, timeline=timeline, wire="power switch http")
        stack.callback(http.close)
        power_switch = PowerSwitch(
            http,
            {each: Outlet(at.hostname, at.port) for each, at in switch.by_load.items()},
            cutting=wires.deaths.power_cut,
            restored=wires.deaths.power_back,
        )
    if (source := described.ac_source) is not None:
        lines = TcpLines(source.address, what="ac source", clock=clock, timeline=timeline)
        stack.callback(lines.close)
        ac_source = AcSource(lines, nominal_v=source.nominal_v, nominal_hz=source.nominal_hz)
    if (between := described.attenuator) is not None:
        lines = TcpLines(between.address, what="attenuator", clock=clock, timeline=timeline)
        stack.callback(lines.close)
        attenuator = Attenuator(
            lines,
            between.channels,
            in_reach_db=between.in_reach_db,
            out_of_reach_db=between.out_of_reach_db,
            weak_db=between.weak_db,
        )
    return Instruments(power_switch, ac_source, attenuator)


def _gateway_update(
    description: RigFile, shell: GatewayShell | None, envoy: Envoy
) -> GatewayUpdate | None:
    described = description.gateway_update
    if described is None or shell is None:
        return None
    return GatewayUpdate(
        shell,
        envoy,
        other=Firmware.parse(described.firmware),
        expected=Firmware.parse(description.expected.firmware),
        install_line=described.install,
        put_back_line=described.put_back,
        within_s=described.within_s,
    )


def _is_open(device: DeviceEntry, wires: Wires) -> bool:
    return device.serial_number in wires.consoles.recordings


def http_of(
    description: RigFile, clock: Clock, timeline: Timeline, auth: Auth, shell: Shell | None
) -> Http:
    """What the gateway is reached with, through `shell` where the rig file says so; the caller
    closes both.
    """
    in_place = description.envoy.is_asked_through_its_shell
    return Http(
        LOCALHOST if in_place else description.envoy.url,
        clock=clock,
        timeline=timeline,
        auth=auth,
        certificate_sha256=description.envoy.certificate_sha256,
        through=shell if in_place else None,
    )


def way_in(description: RigFile) -> Auth:
    """How the gateway lets us in. Raises RigFileError where the secret cannot be read."""
    ways, folder = description.envoy.auth, description.folder
    if ways.bearer is not None:
        return Bearer(ways.bearer.resolve(folder))
    if ways.digest is not None:
        return Digest(ways.digest.user, ways.digest.password.resolve(folder))
    return NoAuth()


def _provision_item(device: EnpowerEntry | EnchargeEntry, link_key: Secret | None) -> ProvisionItem:
    encharge = device if isinstance(device, EnchargeEntry) else None
    return ProvisionItem(
        serial_num=device.serial_number,
        link_key=link_key,
        mac_addr=device.zigbee_mac,
        device_type=device.device_type,
        phase=encharge.phase if encharge else None,
        der_index=encharge.der_index if encharge else None,
    )


def _witnesses(silent: str, consoles: Mapping[str, Console], envoy: Envoy) -> Witnesses:
    """Who else on the bench answers, and whether the gateway hears the device that does not."""
    others = (console for name, console in consoles.items() if name != silent)
    answering = tuple(console.device for console in others if console.answers())
    hears: bool | None = None
    # Whatever is wrong with the gateway is no finding here: it is then no witness.
    with suppress(HilError):
        hears = envoy.ensemble.inventory().device(silent).communicating
    return Witnesses(other_consoles=answering, gateway_hears_it=hears)
