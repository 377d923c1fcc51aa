"""`date` on the simulated shell: shows the gateway's own clock, and sets it."""

import time
from collections.abc import Sequence

from hil.simulator.gateway_clock import GatewayClock
from hil.simulator.shell.result import Result

FORM = "%a %b %e %H:%M:%S UTC %Y"


def date(clock: GatewayClock, words: Sequence[str]) -> Result:
    """`date [-u] [+FORM | -s @SECONDS]`."""
    match [word for word in words if word != "-u"]:
        case ["-s", wanted] if wanted.startswith("@") and wanted[1:].isdecimal():
            clock.set(int(wanted[1:]))
            form = FORM
        case [form] if form.startswith("+"):
            form = form[1:]
        case []:
            form = FORM
        case _:
            return Result(1, err="date: unknown to the simulated shell\n")
    unix = int(clock.unix_time)
    said = time.strftime(form.replace("%s", str(unix)), time.gmtime(unix))
    return Result(0, f"{said}\n".encode())
