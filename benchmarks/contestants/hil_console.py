"""This suite, as a test uses it: a rig file, its keeper, the console of a device."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.bench_rig import kept_bench
from benchmarks.contestants.contestant import GaveUp
from hil.consoles.console import Console
from hil.consoles.dialect import encharge_dialect
from hil.errors import NotInTime


class HilConsole:
    """`Console` over a kept recording."""

    def __init__(self, port: str) -> None:
        self._stack = ExitStack()
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        bench = self._stack.enter_context(kept_bench([port], directory))
        self.facts = {"reader": bench.keeper}
        self._console: Console = bench.console(0, dialect=encharge_dialect())

    def ask(self, command: str) -> bytes:
        exchange = self._console.ask(command, within_s=600)
        return "".join(f"{line}\r\n" for line in exchange.reply).encode()

    def send(self, command: str) -> None:
        self._console.send(command)

    def wait_for(self, patterns: list[str], within_s: float) -> bytes:
        try:
            match = self._console.expect(patterns, within_s=within_s)
        except NotInTime as error:
            raise GaveUp from error
        return match.groups[0] or b""

    def close(self) -> None:
        self._stack.close()
