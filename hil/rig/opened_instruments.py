"""The bench's own instruments when a rig opens: everything that stands on them has power, and is up."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial

from hil.clock import Clock
from hil.consoles.forced_loss import PowerCycle
from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.equipment.ac_source import AcSource
from hil.equipment.power_switch import Outlet, PowerSwitch
from hil.errors import NotInTime
from hil.evidence.timeline import Timeline
from hil.rig.instrument_facets import GATEWAY_STARTED_WITHIN_S
from hil.rig.rig_file import RigFile
from hil.transports.http import Http
from hil.transports.tcp_lines import TcpLines
from hil.waiting import Waiting

LOOK_EVERY_S = 2.0


def open_instruments(
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


def power_cycle_of(power_switch: PowerSwitch | None, serial_number: str) -> PowerCycle | None:
    """How the power of a device is cut for a while, for what it hangs on; None where nothing can."""
    if power_switch is None or serial_number not in power_switch.outlets:
        return None
    return partial(power_switch.cycle, serial_number)


def wait_until_started(
    power_switch: PowerSwitch | None,
    envoy: Envoy,
    gateway: str,
    nodes: Sequence[Node],
    waiting: Waiting,
) -> None:
    """Let what a killed run has left without power start, before anyone is asked who he is.

    Costs one look where all is well. What stays silent is judged by whoever asks it next.
    """
    if power_switch is None:
        return
    devices: list[tuple[str, str, Callable[[], bool]]] = [
        (gateway, f"envoy {gateway}", envoy.answers),
        *((node.serial_number, node.name, node.console.answers) for node in nodes),
    ]
    switched = [(name, answers) for each, name, answers in devices if each in power_switch.outlets]
    with suppress(NotInTime):
        waiting.until(
            lambda: [name for name, answers in switched if not answers()],
            lambda silent: not silent,
            what="everything on the power switch has started",
            within_s=GATEWAY_STARTED_WITHIN_S,
            every_s=LOOK_EVERY_S,
            show=lambda silent: f"no answer from {', '.join(silent)}" if silent else "all answer",
        )
