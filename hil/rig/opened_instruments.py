"""What stands on the power switch when a rig opens: it has power, and is up."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from hil.consoles.forced_loss import PowerCycle
from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.equipment.power_switch import PowerSwitch
from hil.errors import NotInTime
from hil.rig.instrument_facets import GATEWAY_STARTED_WITHIN_S
from hil.waiting import Waiting

LOOK_EVERY_S = 2.0


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
