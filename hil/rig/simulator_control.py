"""The control socket of virtual time: docs/wires/simulator-control.md, the clock's side."""

import contextlib
import json
import socket
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hil.errors import SimulatorLost, WrongDevice

LET_GO_WALL_S = 2.0
"""Wall seconds for the simulator to notice that its clock was given up."""

ANSWER_WALL_S = 120.0
"""Wall seconds an answer may take: hours of a site's life are computed in it."""


_SUSPECT = "suspect that it crashed (simulator.log in the run's folder) or was killed"


class _NotDone(SimulatorLost):
    """It is there, and has refused what was asked."""


@dataclass(frozen=True)
class Settlement:
    """How things stand: rig seconds, bytes printed per console, when, and what did not arrive."""

    now_s: float
    printed: Mapping[str, int]
    marks: tuple[tuple[str, int, float], ...]
    unsettled: tuple[str, ...]


class SimulatorControl:
    """A connection to the control socket at `address` (`unix:/path`), as `who`.

    Raises:
        SimulatorLost: nobody listens there, somebody else owns the clock, or it went away.
    """

    def __init__(self, address: str, *, who: str, take_over: bool = False) -> None:
        """`take_over` takes the clock from whoever has it: for the keeper of a run that is gone."""
        self._address = address
        self._lock = threading.Lock()
        self._asked = 0
        self._marks: list[object] = []
        self._received = b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_WALL_S)
        try:
            self._socket.connect(address.removeprefix("unix:"))
        except OSError as error:
            self._socket.close()
            raise SimulatorLost(
                f"no simulator listens at {address}: {error}; start it anew with `hil simulate … "
                "--time virtual --write-rig FILE` and use the file it writes"
            ) from error
        try:
            self._call("own", who=who, take_over=take_over)
        except SimulatorLost:
            self.close()
            raise

    def attach(self, console: str, *, resume: bool = False) -> float:
        """Begin to count on a console that was just opened, or `resume` its counts; rig seconds.

        Raises:
            WrongDevice: the simulator has no such device.
        """
        try:
            answer = self._call("attach", console=console, resume=resume)
        except _NotDone as refused:
            raise WrongDevice(str(refused)) from refused
        return _number(answer["now_s"])

    def settle(self, written: Mapping[str, int]) -> Settlement:
        """Wait until the simulator has consumed what was written."""
        return self._settlement(self._call("settle", written=dict(written)))

    def advance(
        self, until_s: float, *, stop_on: Collection[str], written: Mapping[str, int]
    ) -> Settlement:
        """Let time pass until `until_s` or the first print on one of `stop_on`."""
        return self._settlement(
            self._call("advance", until_s=until_s, stop_on=list(stop_on), written=dict(written))
        )

    def close(self) -> None:
        """Give up the clock, and see that it is free: the next owner may come at once.

        Closing twice is fine.
        """
        with contextlib.suppress(OSError):  # closed already, or the simulator is gone or stuck
            self._socket.settimeout(LET_GO_WALL_S)
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(4096):
                pass
        self._socket.close()

    def _call(self, op: str, **fields: object) -> dict[str, object]:
        with self._lock:
            self._asked += 1
            request = {"op": op, "id": self._asked, **fields}
            try:
                self._socket.sendall(json.dumps(request).encode() + b"\n")
                answer = self._answer()
                # Ctrl-C may have come before an earlier answer was read: its marks count, too.
                while answer["id"] not in (self._asked, None):  # None: it could not be read
                    answer = self._answer()
            except (OSError, ValueError) as error:
                raise SimulatorLost(
                    f"the simulator at {self._address} is gone: {error}; {_SUSPECT}"
                ) from error
        if not answer.get("ok"):
            raise _NotDone(f"the simulator at {self._address} refused {op}: {answer['error']}")
        return answer

    def _answer(self) -> dict[str, object]:
        # Not by a file object: its readline drops what it has when Ctrl-C comes in the middle.
        while b"\n" not in self._received:
            data = self._socket.recv(65536)
            if not data:
                raise SimulatorLost(
                    f"the simulator at {self._address} closed its control socket; {_SUSPECT}"
                )
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        self._marks += answer.get("marks", [])
        return answer

    def _settlement(self, answer: Mapping[str, object]) -> Settlement:
        printed, unsettled = answer["printed"], answer["unsettled"]
        assert isinstance(printed, dict)
        assert isinstance(unsettled, list)
        marks, self._marks = self._marks, []
        return Settlement(
            now_s=_number(answer["now_s"]),
            printed={str(console): int(count) for console, count in printed.items()},
            marks=tuple(map(_mark, marks)),
            unsettled=tuple(str(console) for console in unsettled),
        )


def _mark(mark: object) -> tuple[str, int, float]:
    assert isinstance(mark, list)
    console, offset, at_s = mark
    return str(console), int(offset), float(at_s)


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
