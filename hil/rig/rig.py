"""Opening a rig: the one place that knows a real bench from a simulated one.

And it hardly does: a simulated rig is started, writes a rig file, and is opened like any bench.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hil.clock import Clock, LimitedClock, WallClock
from hil.consoles.deaths import DeathWatch
from hil.consoles.encharge import Encharge
from hil.consoles.enpower import Enpower
from hil.consoles.gateway_shell import GatewayShell
from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.envoy.conversation import PATIENCE_S
from hil.envoy.zigbee import ProvisionItem
from hil.equipment.ac_source import AcSource
from hil.equipment.attenuator import Attenuator
from hil.equipment.power_switch import PowerSwitch
from hil.errors import HilError, KeeperLost, RestoreFailed
from hil.evidence.timeline import Kind
from hil.rig.baseline import Baseline
from hil.rig.checks import check_gateway, check_key, gateway_info
from hil.rig.deleting import delete
from hil.rig.drivers import Wires, credentials_of, drivers_of
from hil.rig.faults import Faults
from hil.rig.health.preflight import Preflight
from hil.rig.kept import kept_rig
from hil.rig.opened_instruments import wait_until_started
from hil.rig.rig_file import InverterEntry, RigFile, SimulatedRigFile, SimulatorClockEntry
from hil.rig.simulator_clock import SimulatorClock
from hil.rig.sleeping import is_dark
from hil.rig.snapshot import last_lines, views_of
from hil.rig.ways_in import WaysIn
from hil.rig.who_answers import check_identity
from hil.transports.keeper_link import KeeperLink
from hil.transports.kept_recorder import KeptRecorder, KeptTimeline
from hil.vocabulary.capabilities import Capability
from hil.waiting import Waiting, WaitListener


@dataclass
class Rig:
    """An open rig: its devices, its clock, its timeline, and how to put it back."""

    description: RigFile
    clock: LimitedClock
    link: KeeperLink
    timeline: KeptTimeline
    recorder: KeptRecorder
    envoy: Envoy
    enpower: Enpower | None
    """None on a site of batteries only."""
    encharges: tuple[Encharge, ...]
    inverters: tuple[InverterEntry, ...]
    provision_items: Mapping[str, ProvisionItem]
    """How each device is provisioned, with its right key, by serial number."""
    baseline: Baseline
    faults: Faults
    waiting: Waiting
    deaths: DeathWatch
    """Ends every wait at a device's last words; `deaths.expecting(serial number)` announces them."""
    power_switch: PowerSwitch | None = None
    ac_source: AcSource | None = None
    attenuator: Attenuator | None = None
    gateway_shell: GatewayShell | None = None
    ways_in: WaysIn | None = None
    """None where the gateway is reached without a token."""
    out: str | None = field(default=None)
    """Why the rig is out of use: the first restore that failed."""
    out_since: str = ""
    """When that was, in rig and wall time."""
    is_open: bool = True
    is_put_back: bool = False
    """Whether it was closed with proof that it is as it was found."""

    @property
    def nodes(self) -> tuple[Enpower | Encharge, ...]:
        """Every device with a console, the Enpower first."""
        return ((self.enpower,) if self.enpower else ()) + self.encharges

    def is_dark(self) -> bool:
        """Whether the roof gives nothing: its inverters sleep, and take over no grid profile."""
        return is_dark(self.envoy)

    @property
    def left_by_an_earlier_run(self) -> list[str]:
        """What a run whose end nobody saw had left, and the keeper has put right first."""
        left = self.link.hello["put_right"]
        assert isinstance(left, list)
        return left

    @property
    def lost(self) -> str | None:
        """Why this run must not go on: its keeper is gone, has taken the rig away, or loses evidence."""
        if not self.is_open:
            return None
        if self.link.lost is None and self.recorder.unrecorded is not None:
            return f"evidence is being lost: {self.recorder.unrecorded}; free some disk space"
        return self.link.lost

    @property
    def speed(self) -> float:
        """Rig seconds per wall second; infinite in virtual time."""
        return self.clock.speed

    def delete(self, nodes: Sequence[Node]) -> None:
        """Have the gateway forget these devices, on an open site. Raises NotInTime."""
        delete(self.envoy, nodes, self.waiting)

    def take_out(self, why: str) -> None:
        """The rig could not be put back: out for this run, and for others until the doctor has
        found it well.
        """
        self.out = self.timeline.redactor.scrub(why)
        noted = self.timeline.note("suite", Kind.TROUBLE, f"the rig is out: {self.out}")
        self.out_since = noted.when
        with suppress(KeeperLost):  # then the journal says that it was not put back
            self.link.ask("out", why=self.out)

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
            try:
                put_back = "; ".join(map(str, self.baseline.restore())) or "nothing differed"
            except RestoreFailed as error:
                self.take_out(str(error))
                raise
            self.timeline.note("suite", Kind.STEP, f"rig closes; put back: {put_back}")
            self.is_put_back = True

    def catch_up(self) -> None:
        """Bring the timeline up to what the consoles have said."""
        self.recorder.tell()

    def snapshot(self, *, asks: bool, at: str) -> Iterator[tuple[str, str]]:
        """How the rig is right now, for evidence: titles and texts, secrets in them.

        `asks` the gateway once for each view; nothing is typed on a console. `at` is what has just
        happened, for the titles.
        """
        if asks:
            with self.deaths.not_telling():
                yield f"gateway at {at}, every view", views_of(self.envoy)
        yield f"consoles at {at}, last lines", last_lines(self.recorder.recordings)

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

    Its keeper is started first, a process that owns the wires and makes the rig safe should this
    one go away. Logs and timeline go to `directory`. `seed` and `defects` matter to a simulated rig
    only. `on_look` is called before rig time passes and may raise, to end what is going on.

    Raises:
        RigInUse: somebody else has it open.
        StillOut: an earlier run could not put it back, and the doctor has not found it well since.
        RigUnwell: a check of this machine, the gateway's clock or the token is red.
        RigError: a wire does not answer, another device or build answers.
        RigFileError: a secret or a dialect override of the rig file cannot be used.
        RestoreFailed: at the end, when the rig could not be put back.
    """
    directory.mkdir(parents=True, exist_ok=True)
    preflight = Preflight(description, directory)
    with ExitStack() as stack:
        try:
            preflight.end_if_red()
            kept = stack.enter_context(
                kept_rig(description, directory=directory, who=who, seed=seed, defects=defects)
            )
            rig = _opened(
                kept.description, kept.link, preflight, directory, who, on_wait, on_look, stack
            )
        except HilError as error:
            preflight.failed(error)
            raise
        kept.begun()
        try:
            yield rig
        finally:
            rig.close()
            kept.put_back = rig.is_put_back


def _opened(
    description: RigFile,
    link: KeeperLink,
    preflight: Preflight,
    directory: Path,
    who: str,
    on_wait: WaitListener | None,
    on_look: Callable[[], None],
    stack: ExitStack,
) -> Rig:
    credentials = credentials_of(description)
    preflight.secrets(description)
    time = _clock(description, link, who, stack)

    deaths = DeathWatch()

    def look() -> None:
        link.check()
        on_look()
        deaths.look()

    clock = LimitedClock(time, on_look=look)
    timeline = KeptTimeline(
        link,
        directory / "timeline.jsonl",
        now=clock.now,
        secrets=[each.resolve(description.folder) for each in description.secrets.values()],
    )
    recorder = KeptRecorder(link, timeline, speed=clock.speed)
    if isinstance(time, SimulatorClock):
        time.read_with(recorder, timeline)
    for name in recorder.recordings:
        if isinstance(time, SimulatorClock):
            time.attach(name)
        recorder.read(name)
    waiting = Waiting(clock, on_wait) if on_wait is not None else Waiting(clock)
    drivers = drivers_of(
        description,
        Wires(clock, timeline, recorder, stack, deaths),
        waiting=waiting,
        credentials=credentials,
        patience_s=PATIENCE_S,
    )
    # First: what hangs on an instrument cannot be judged while nobody knows what that does.
    if drivers.power_switch is not None:
        drivers.power_switch.all_on()  # nobody can ask whether a killed run has cut one
    if drivers.ac_source is not None:
        drivers.ac_source.identify()
    if drivers.attenuator is not None:
        drivers.attenuator.identify()
    wait_until_started(
        drivers.power_switch,
        drivers.envoy,
        description.envoy.serial_number,
        drivers.nodes,
        waiting,
    )
    for node in drivers.nodes:
        recording = recorder.recordings[node.serial_number]
        info = check_identity(node, recording, clock=clock, timeline=timeline)
        check_key(node, credentials.keys[node.serial_number], description)
        preflight.device(node, info)
        node.verbose(False)  # it cannot be asked, and a killed run may have left it on
    gateway = gateway_info(description, drivers.envoy)
    preflight.clock_and_token(description, gateway, credentials)
    profile = check_gateway(description, gateway, drivers.envoy)
    preflight.gateway(description, gateway, profile)
    preflight.end_if_red()
    baseline = Baseline(
        drivers.facets,
        waiting=waiting,
        timeline=timeline,
        within_s=description.safe_within_s,
        quietly=deaths.not_telling,
    )
    rig = Rig(
        description=description,
        clock=clock,
        link=link,
        timeline=timeline,
        recorder=recorder,
        envoy=drivers.envoy,
        enpower=drivers.enpower,
        encharges=drivers.encharges,
        inverters=description.inverters,
        provision_items=drivers.provision_items,
        power_switch=drivers.power_switch,
        ac_source=drivers.ac_source,
        gateway_shell=drivers.gateway_shell,
        ways_in=WaysIn(description, drivers.http, stack)
        if Capability.TOKEN_ACCESS in description.capabilities
        else None,
        attenuator=drivers.attenuator,
        baseline=baseline,
        faults=Faults(
            drivers,
            description.envoy.serial_number,
            capabilities=description.capabilities,
            waiting=waiting,
            restore=baseline.restore,
        ),
        waiting=waiting,
        deaths=deaths,
    )
    # On the disk before the first command that changes anything of the site: what undoes all of them.
    # Outlets have been switched on and consoles made silent, which is how a rig has to be.
    rig.baseline.look()
    link.ask("journal", baseline=dict(rig.baseline.found))
    try:
        rig.baseline.put_right_what_is_not()
    except RestoreFailed as error:
        rig.take_out(str(error))
        raise
    preflight.left(rig.left_by_an_earlier_run)
    preflight.baseline(rig.baseline)
    preflight.write()
    timeline.note("suite", Kind.STEP, str(preflight))
    timeline.note("suite", Kind.STEP, f"rig {description.name} is open, baseline taken")
    return rig


def _clock(description: RigFile, link: KeeperLink, who: str, stack: ExitStack) -> Clock:
    if isinstance(description.clock, SimulatorClockEntry):
        simulated = SimulatorClock.at(
            description.clock.simulator.control, who=f"{who} (process {os.getpid()})"
        )
        stack.callback(simulated.close)
        return simulated
    zero = link.hello["zero"]
    assert isinstance(zero, float)
    return WallClock(speed=description.clock.wall.speed, zero=zero)
