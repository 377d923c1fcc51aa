"""Opening a rig: the one place that knows a real bench from a simulated one.

And it hardly does: a simulated rig is started, writes a rig file, and is opened like any bench.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hil.clock import Clock, LimitedClock, WallClock
from hil.consoles.console import Console
from hil.consoles.dialect import Dialect, encharge_dialect, enpower_dialect
from hil.consoles.encharge import Encharge
from hil.consoles.enpower import Enpower
from hil.consoles.node import Node
from hil.consoles.verdicts import Witnesses
from hil.envoy.client import Envoy
from hil.envoy.zigbee import ProvisionItem
from hil.equipment.ac_source import AcSource
from hil.equipment.power_switch import Outlet, PowerSwitch
from hil.errors import (
    HilError,
    NotAnEnvoy,
    NotAuthorized,
    Refused,
    Unintelligible,
    WrongBuild,
    WrongDevice,
)
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Kind, Timeline
from hil.rig.baseline import Baseline
from hil.rig.facets import facets_of
from hil.rig.instrument_facets import instrument_facets
from hil.rig.loading import load_rig
from hil.rig.profile_facets import profile_facets
from hil.rig.rig_file import (
    DeviceEntry,
    EnchargeEntry,
    EnpowerEntry,
    InverterEntry,
    RigFile,
    SimulatedRigFile,
    SimulatorClockEntry,
)
from hil.rig.simulator_clock import SimulatorClock
from hil.rig.simulator_control import SimulatorControl
from hil.rig.spawned_simulator import spawned_simulator
from hil.transports.http import Http
from hil.transports.http_auth import Auth, Bearer, Digest, NoAuth
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine
from hil.transports.tcp_lines import TcpLines
from hil.vocabulary.identity import Firmware
from hil.vocabulary.secret import Secret
from hil.waiting import Waiting, WaitListener


@dataclass
class Rig:
    """An open rig: its devices, its clock, its timeline, and how to put it back."""

    description: RigFile
    clock: LimitedClock
    timeline: Timeline
    envoy: Envoy
    enpower: Enpower | None
    """None on a site of batteries only."""
    encharges: tuple[Encharge, ...]
    inverters: tuple[InverterEntry, ...]
    provision_items: Mapping[str, ProvisionItem]
    """How each device is provisioned, with its right key, by serial number."""
    baseline: Baseline
    waiting: Waiting
    power_switch: PowerSwitch | None = None
    ac_source: AcSource | None = None
    out: str | None = field(default=None)
    """Why the rig is out of use: the first restore that failed."""
    is_open: bool = True

    @property
    def nodes(self) -> tuple[Enpower | Encharge, ...]:
        """Every device with a console, the Enpower first."""
        return ((self.enpower,) if self.enpower else ()) + self.encharges

    @property
    def speed(self) -> float:
        """Rig seconds per wall second; infinite in virtual time."""
        return self.clock.speed

    def close(self) -> None:
        """Leave the rig as it was found, also when a run ends in the middle. Twice is fine.

        Raises:
            RestoreFailed: it could not be put back, and that was not known yet.
        """
        if not self.is_open:
            return
        self.is_open = False
        self.set_limit(None)
        if self.out is None and not self.baseline.failed:
            put_back = "; ".join(map(str, self.baseline.restore())) or "nothing differed"
            self.timeline.note("suite", Kind.STEP, f"rig closes; put back: {put_back}")

    def set_limit(self, duration_s: float | None, what: str = "") -> None:
        """Let `what` use so many rig seconds from now; None lifts the limit."""
        self.clock.limit(duration_s, what=what)


@contextmanager
def open_rig(
    description: RigFile | SimulatedRigFile,
    *,
    seed: int,
    directory: Path,
    who: str = "pytest",
    on_wait: WaitListener | None = None,
    on_look: Callable[[], None] = lambda: None,
    defects: tuple[str, ...] = (),
) -> Iterator[Rig]:
    """Open every wire of a rig, check who answers, take its baseline; put it back at the end.

    Logs and timeline go to `directory`. `seed` and `defects` matter to a simulated rig only.
    `on_look` is called before rig time passes and may raise, to end what is going on.

    Raises:
        RigError: a wire does not answer, another device or build answers.
        RigFileError: a secret or a dialect override of the rig file cannot be used.
        RestoreFailed: at the end, when the rig could not be put back.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if isinstance(description, SimulatedRigFile):
            # Not in the run's folder, which is kept and shared: link keys lie beside a rig file.
            private = Path(stack.enter_context(TemporaryDirectory(prefix="hil-rig-")))
            rig_file = private / f"{description.name}.yaml"
            log_path = directory / "simulator.log"
            stack.enter_context(
                spawned_simulator(
                    description.site,
                    rig_file=rig_file,
                    log_path=log_path,
                    seed=seed,
                    defects=defects,
                )
            )
            opened = load_rig(str(rig_file), private)
            assert isinstance(opened, RigFile)
            description = opened
        rig = _opened(description, directory, who, on_wait, on_look, stack)
        try:
            yield rig
        finally:
            rig.close()


def _opened(
    description: RigFile,
    directory: Path,
    who: str,
    on_wait: WaitListener | None,
    on_look: Callable[[], None],
    stack: ExitStack,
) -> Rig:
    devices = description.devices
    link_keys = {
        device.serial_number: device.link_key.resolve(description.folder) for device in devices
    }
    auth = _auth(description)
    time = _clock(description, who, stack)
    clock = LimitedClock(time, on_look=on_look)
    timeline = Timeline(
        directory / "timeline.jsonl",
        now=clock.now,
        redactor=Redactor(
            reference.resolve(description.folder) for reference in description.secrets.values()
        ),
    )
    stack.callback(timeline.close)
    recorder = Recorder(
        timeline,
        logs=directory / "consoles",
        now=None if isinstance(time, SimulatorClock) else clock.now,
    )
    stack.callback(recorder.close)
    if isinstance(time, SimulatorClock):
        time.read_with(recorder, timeline)
    waiting = Waiting(clock, on_wait) if on_wait is not None else Waiting(clock)
    # First: what hangs on an instrument cannot be judged while nobody knows what that does.
    power_switch, ac_source = _instruments(description, clock, timeline, stack)
    http = Http(
        description.envoy.url,
        clock=clock,
        timeline=timeline,
        auth=auth,
        certificate_sha256=description.envoy.certificate_sha256,
    )
    stack.callback(http.close)
    envoy = Envoy(http)
    consoles: dict[str, Console] = {}

    def console(device: DeviceEntry, called: str, dialect: Dialect) -> Console:
        name = device.serial_number
        line = SerialLine(device.console.port, baud=device.console.baud)
        recording = recorder.add(line, name=name, wire=f"{called} {name} console")
        if isinstance(time, SimulatorClock):
            time.attach(name)
        recorder.start(name)
        consoles[name] = Console(
            recording,
            device=f"{called} {name}",
            dialect=dialect.with_overrides(
                device.dialect, where=f"{description.path}: {called} {name}: dialect"
            ),
            clock=clock,
            timeline=timeline,
            cross_examine=lambda: _witnesses(name, consoles, envoy),
        )
        return consoles[name]

    enpower = None
    if description.enpower is not None:
        enpower = Enpower(
            console(description.enpower, "enpower", enpower_dialect()),
            serial_number=description.enpower.serial_number,
            waiting=waiting,
        )
    encharges = tuple(
        Encharge(
            console(device, "encharge", encharge_dialect()),
            serial_number=device.serial_number,
            waiting=waiting,
        )
        for device in description.encharges
    )
    nodes: tuple[Enpower | Encharge, ...] = ((enpower,) if enpower else ()) + encharges
    for node in nodes:
        node.check_identity()
        _check_key(node, link_keys[node.serial_number], description)
        node.verbose(False)  # it cannot be asked, and a killed run may have left it on
    _check_gateway(description, envoy)
    items = {
        device.serial_number: _provision_item(device, link_keys[device.serial_number])
        for device in devices
    }
    rig = Rig(
        description=description,
        clock=clock,
        timeline=timeline,
        envoy=envoy,
        enpower=enpower,
        encharges=encharges,
        inverters=description.inverters,
        provision_items=items,
        power_switch=power_switch,
        ac_source=ac_source,
        baseline=Baseline(
            instrument_facets(
                nodes,
                tuple(each.serial_number for each in description.inverters),
                power_switch,
                ac_source,
                waiting,
            )
            + facets_of(envoy, nodes, has_relay=enpower is not None, items=items, waiting=waiting)
            + profile_facets(envoy),
            waiting=waiting,
            timeline=timeline,
            within_s=description.safe_within_s,
        ),
        waiting=waiting,
    )
    rig.baseline.take()
    timeline.note("suite", Kind.STEP, f"rig {description.name} is open, baseline taken")
    return rig


def _clock(description: RigFile, who: str, stack: ExitStack) -> Clock:
    if isinstance(description.clock, SimulatorClockEntry):
        control = SimulatorControl(
            description.clock.simulator.control, who=f"{who} (process {os.getpid()})"
        )
        stack.callback(control.close)
        return SimulatorClock(control)
    return WallClock(speed=description.clock.wall.speed)


def _instruments(
    description: RigFile, clock: Clock, timeline: Timeline, stack: ExitStack
) -> tuple[PowerSwitch | None, AcSource | None]:
    """The bench's own instruments, asked who they are and giving power."""
    described = description.instruments
    power_switch, ac_source = None, None
    if (switch := described.power_switch) is not None:
        http = Http(switch.url, clock=clock, timeline=timeline, wire="power switch http")
        stack.callback(http.close)
        power_switch = PowerSwitch(
            http, {each: Outlet(at.hostname, at.port) for each, at in switch.outlets.items()}
        )
        for serial_number in power_switch.outlets:
            power_switch.on(serial_number)  # nobody can ask whether a killed run has cut it
    if (source := described.ac_source) is not None:
        lines = TcpLines(source.address, what="ac source", clock=clock, timeline=timeline)
        stack.callback(lines.close)
        ac_source = AcSource(lines, nominal_v=source.nominal_v, nominal_hz=source.nominal_hz)
        ac_source.identify()
    return power_switch, ac_source


def _auth(description: RigFile) -> Auth:
    ways, folder = description.envoy.auth, description.folder
    if ways.bearer is not None:
        return Bearer(ways.bearer.resolve(folder))
    if ways.digest is not None:
        return Digest(ways.digest.user, ways.digest.password.resolve(folder))
    return NoAuth()


def _provision_item(device: EnpowerEntry | EnchargeEntry, link_key: Secret) -> ProvisionItem:
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


def _check_key(node: Node, named: Secret, description: RigFile) -> None:
    held = node.link_key()
    if held is not None and held != named:
        raise WrongDevice(
            f"{node.name}: on {node.console.where} holds the link key {held}, {description.path} "
            f"points to {named}; suspect the wrong key file or variable, or a replaced radio"
        )


def _check_gateway(description: RigFile, envoy: Envoy) -> None:
    expected = description.envoy.serial_number
    try:
        info = envoy.info.read()
    except (Refused, Unintelligible) as error:
        said = str(error).partition("\n")[0]
        raise NotAnEnvoy(
            f"envoy {expected}: what answers at {description.envoy.url} is no gateway ({said}); "
            "suspect the address in the rig file, a login page, or a proxy in between"
        ) from error
    if info.serial_number != expected:
        raise WrongDevice(
            f"envoy {expected}: at {description.envoy.url} answers gateway {info.serial_number}; "
            "suspect the address in the rig file, or two gateways swapped"
        )
    meant = Firmware.parse(description.expected.firmware)
    if info.firmware != meant:
        raise WrongBuild(
            f"envoy {expected}: runs firmware {info.firmware}, the rig file expects {meant}: "
            "not the build you meant to test; install it, or change expected.firmware"
        )
    wanted = description.expected.grid_profile
    try:
        profile = envoy.grid_profile.arf()
    except (NotAuthorized, Refused, Unintelligible):
        return  # its test will say so
    if (profile.name, profile.version) != (wanted.name, wanted.version):
        raise WrongBuild(
            f"envoy {expected}: runs grid profile {profile.name} {profile.version}, the rig file "
            f"expects {wanted.name} {wanted.version}: not the one you meant to test; set it, or "
            "change expected.grid_profile"
        )
