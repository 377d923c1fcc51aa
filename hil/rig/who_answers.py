"""Who answers on a console, when it is not whom the rig file says."""

from contextlib import suppress

from hil.clock import Clock
from hil.consoles.console import Console
from hil.consoles.dialect import encharge_dialect, enpower_dialect
from hil.consoles.encharge import Encharge
from hil.consoles.enpower import Enpower
from hil.consoles.node import Node
from hil.consoles.replies import DeviceInfo
from hil.errors import ConsoleSilent, ProductError
from hil.evidence.timeline import Timeline
from hil.transports.recorded import RecordedConsole


def check_identity(
    node: Node, recording: RecordedConsole, *, clock: Clock, timeline: Timeline
) -> DeviceInfo:
    """See that the device on a node's line is the one that is meant.

    A device of another kind has another prompt and so seems not to answer; it is asked in its own
    dialect before the line is blamed.

    Raises:
        WrongDevice: it is another; says on which port, and which.
        ConsoleSilent: no device of any kind answers there.
    """
    try:
        return node.check_identity()
    except ConsoleSilent:
        other, dialect = (
            (Encharge, encharge_dialect())
            if isinstance(node, Enpower)
            else (Enpower, enpower_dialect())
        )
        console = Console(
            recording, device=node.name, dialect=dialect, clock=clock, timeline=timeline
        )
        stranger = other(console, serial_number=node.serial_number, waiting=node.waiting)
        with suppress(ConsoleSilent, ProductError):  # then the first finding is the better one
            stranger.check_identity()
        raise
