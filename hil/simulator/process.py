"""A simulator from start to end: the site, its faces, and the rig file that leads to them."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hil.simulator.assumptions import Assumptions
from hil.simulator.entrance import entrance_of, web_faces
from hil.simulator.faces.control_socket import ControlSocket
from hil.simulator.faces.http_server import HttpFace
from hil.simulator.faces.pdudaemon import PdudaemonFace
from hil.simulator.faces.pty_console import PtyFace
from hil.simulator.faces.scpi import ScpiFace
from hil.simulator.faces.ssh import HostKey, ShellAccess, SshFace
from hil.simulator.faces.tcp_console import TcpFace
from hil.simulator.shell.console_runner import ConsoleRunner
from hil.simulator.shell.gateway_shell import GatewayShell
from hil.simulator.shell.serial_console import ConsoleUser
from hil.simulator.simulation import Simulation
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import SiteFile
from hil.simulator.written_rig import Credentials, Instruments, WrittenShell, write_rig

DEFAULT_EPOCH = 1_748_865_600
"""2025-06-02 12:00:00 UTC, a Monday: a simulated run is the same every time, its dates too."""


@dataclass(frozen=True)
class Running:
    """Where a running simulator is reached."""

    url: str
    redirected_url: str | None
    """Plain HTTP, where it only leads to `url`."""
    credentials: Credentials
    ports: Mapping[str, str]
    control: str | None
    clock: Mapping[str, object]
    simulation: Simulation
    power_switch: str
    """URL of the bench's power switch."""
    ac_source: str
    """Host and port of the bench's AC source."""
    attenuator: str
    """Host and port of the attenuator between its antennas."""
    shell: WrittenShell


@contextmanager
def simulator(
    truth: SiteFile,
    *,
    speed: float | None,
    epoch: int = DEFAULT_EPOCH,
    seed: int = 0,
    defects: Sequence[str] = (),
    rig_file: Path | None = None,
    console: str = "pty",
    without_lan: bool = False,
    serial_shell: bool = False,
    begin: Callable[[Site], object] | None = None,
    assumptions: Assumptions | None = None,
) -> Iterator[Running]:
    """Run a simulated site on 127.0.0.1 while the block lasts.

    `speed` None is virtual time; otherwise rig seconds per wall second.
    `console` is `pty`, `rfc2217` or `socket`; `begin` and `assumptions` as `build_site` has them. `without_lan` the rig file leads to
    the gateway's shell only; that is on its serial console where it is a `serial_shell`, else over SSH.
    """
    entrance = entrance_of(truth.gateway, epoch=epoch)
    site = build_site(
        truth,
        seed=seed,
        epoch=epoch,
        defects=defects,
        begin=begin,
        token_key=entrance.token_key,
        assumptions=assumptions,
    )
    simulation = Simulation(site, speed=speed)
    with ExitStack() as stack:
        consoles = _consoles(console, simulation)
        simulation.connect(consoles.consoles, poke=consoles.poke)
        stack.callback(consoles.close)
        web = web_faces(simulation, entrance)
        for face in web.faces:
            stack.callback(face.close)
        power_switch = PdudaemonFace(simulation.switch_power)
        stack.callback(power_switch.close)
        # What the gateway is asked by whoever is on it: no token, no redirect.
        loopback = HttpFace(
            handle=simulation.request_from_within,
            date=simulation.unix_time,
            firmware=truth.gateway.firmware,
        )
        stack.callback(loopback.close)
        access = ShellAccess("root", secrets.token_urlsafe(12), HostKey())
        run = GatewayShell(simulation, web_port=loopback.port).run
        shell = SshFace(access, run=run, boot=simulation.boot)
        stack.callback(shell.close)
        site.console.user = ConsoleUser(access.user, access.password)
        runner = ConsoleRunner(simulation, run=run)
        stack.callback(runner.close)
        ac_source = ScpiFace(simulation.ask_ac_source, name="ac source")
        stack.callback(ac_source.close)
        attenuator = ScpiFace(simulation.ask_attenuator, name="attenuator")
        stack.callback(attenuator.close)
        control: ControlSocket | None = None
        if speed is None:
            folder = Path(tempfile.mkdtemp(prefix="hil-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            control = ControlSocket(folder / "control", simulation)
            stack.callback(control.close)
        stack.callback(simulation.close)
        consoles.start()
        for face in web.faces:
            face.start()
        loopback.start()
        shell.start()
        runner.start()
        power_switch.start()
        ac_source.start()
        attenuator.start()
        if control is not None:
            control.start()
        simulation.start()
        address = None if control is None else f"unix:{control.path}"
        ports = {name: port.path for name, port in consoles.consoles.items()}
        shell_port = ports.pop(site.console.name)
        running = Running(
            url=web.url,
            redirected_url=web.redirected_url,
            credentials=entrance.credentials,
            ports=ports,
            control=address,
            clock={"wall": {"speed": speed}}
            if address is None
            else {"simulator": {"control": address}},
            simulation=simulation,
            power_switch=power_switch.url,
            ac_source=ac_source.address,
            attenuator=attenuator.address,
            shell=WrittenShell(
                shell.address,
                access.user,
                access.password,
                access.host_key.fingerprint,
                shell_port,
            ),
        )
        if rig_file is not None:
            write_rig(
                rig_file,
                truth,
                url=running.url,
                credentials=running.credentials,
                ports=running.ports,
                clock=running.clock,
                shell=running.shell,
                without_lan=without_lan,
                serial_shell=serial_shell,
                instruments=Instruments(
                    power_switch_url=running.power_switch,
                    outlets=site.power_switch.outlets,
                    ac_source=running.ac_source,
                    attenuator=running.attenuator,
                    channels=site.attenuator.channels,
                    weak_db=site.attenuator.weak_db(
                        site.world.assumptions.zigbee.link_budget_db,
                        site.world.assumptions.zigbee.fade_db,
                    ),
                ),
            )
        yield running


def _consoles(kind: str, simulation: Simulation) -> PtyFace | TcpFace:
    names = (*simulation.site.nodes, simulation.site.console.name)
    received = simulation.received
    if kind == "pty":
        return PtyFace(names, received=received)
    return TcpFace(names, rfc2217=kind == "rfc2217", received=received)


def end_of_input() -> None:
    """Block until standard input ends: until whoever started this simulator is gone."""
    while os.read(0, 4096):
        pass
