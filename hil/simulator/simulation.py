"""The running simulator: one site, its time, and everything that goes in and out of it.

The core knows no threads; this is where they meet. Whoever touches the site holds `changed`.
"""

import copy
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from hil.simulator.faces.outbox import OUTBOX_BYTES
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.router import answer, answer_from_within, response_s
from hil.simulator.shell.result import Result
from hil.simulator.site import Site

SILENCE_S = 2.0
"""Wall seconds without any progress after which bytes are given up as unsettled."""

SLICES = 10
"""Silence is waited for in so many pieces: a machine that stands still for a second uses up one."""

LINE_WALL_S = 60.0
"""Wall seconds that a line on the gateway's console may take to be run."""

STRIDE_S = 60.0
"""Rig seconds lived at once at most, so that a talkative device cannot outrun its reader."""

T = TypeVar("T")

Mark = tuple[str, int, float]
"""Console, offset, rig seconds: from there on, what it says was printed then."""


class Port(Protocol):
    """Where a console's bytes go: a PTY or a TCP port."""

    @property
    def waiting(self) -> int: ...
    @property
    def overruns(self) -> int: ...
    def put(self, data: bytes) -> int: ...
    def discard(self) -> None: ...


class Instrument(Protocol):
    """Something beside the devices that is spoken to in lines."""

    def execute(self, line: str) -> str | None: ...


@dataclass
class Traffic:
    """What has gone through one console since a client attached to it."""

    printed: int = 0
    consumed: int = 0
    attached: bool = False


@dataclass(frozen=True)
class Settled:
    """How things stand after an advance or a settle; see docs/wires/simulator-control.md."""

    now_s: float
    printed: Mapping[str, int]
    marks: list[Mark] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)


class Simulation:
    """A site that is running.

    `speed` is None in virtual time, where only `advance` and requests move it; otherwise a thread
    keeps the site at `speed` times wall time.
    """

    def __init__(self, site: Site, *, speed: float | None) -> None:
        self.site, self.speed = site, speed
        self.changed = threading.Condition()
        self._ports: Mapping[str, Port] = {}
        self._poke: Callable[[], None] = lambda: None
        self._traffic = {name: Traffic() for name in (*site.nodes, site.console.name)}
        self.is_running_a_line = False
        """Whether a line that was typed on the gateway's console is being run."""
        self._marks: list[Mark] = []
        self._snapshots: list[Site] = []
        self._closing = False
        self._zero_wall = time.monotonic()
        self._pacer = threading.Thread(target=self._pace, name="pacer", daemon=True)

    def connect(self, ports: Mapping[str, Port], *, poke: Callable[[], None]) -> None:
        """Say where the consoles' output goes, and what to call when there is some."""
        self._ports, self._poke = ports, poke

    def start(self) -> None:
        """Let time run, where it runs by itself."""
        self._zero_wall = time.monotonic()
        if self.speed is not None:
            self._pacer.start()

    def close(self) -> None:
        """Stop time."""
        with self.changed:
            self._closing = True
            self.changed.notify_all()
        if self.speed is not None:
            self._pacer.join()

    def received(self, console: str, data: bytes) -> None:
        """Bytes from a client reach a device."""
        with self.changed:
            self._catch_up()
            self._traffic[console].consumed += len(data)
            typist = self.site.nodes.get(console, self.site.console)
            typist.receive(data)
            self._carry_out()
            self.changed.notify_all()

    def line_ended(self, result: Result, *, boots: int) -> None:
        """What was typed on the gateway's console has been run, in its start number `boots`."""
        with self.changed:
            self._catch_up()
            self.is_running_a_line = False
            self.site.console.ended(result, boots=boots)
            self._carry_out()
            self.changed.notify_all()

    def request(self, request: Request) -> Answer | None:
        """A client's HTTP request: takes its measured time, then is answered.

        None where the gateway is not up.
        """
        return self._request(request, answer)

    def _request(
        self, request: Request, answered: Callable[[Site, Request], Answer]
    ) -> Answer | None:
        with self.changed:
            self._take_time(response_s(self.site, request))
            reply = answered(self.site, request) if self.site.gateway.answers else None
            self._carry_out()
            self.changed.notify_all()
            return reply

    def request_from_within(self, request: Request) -> Answer | None:
        """A request of somebody who is on the gateway, as `request`."""
        if self.site.world.has_defect("loopback-leads-to-https"):
            return Answer(301, b"", "text/html", location=f"https://localhost{request.path}")
        return self._request(request, answer_from_within)

    def act(self, duration_s: Callable[[Site], float], action: Callable[[Site], T]) -> T:
        """Something is done on the gateway itself, and takes so many rig seconds first."""
        with self.changed:
            self._take_time(duration_s(self.site))
            done = action(self.site)
            self._carry_out()
            self.changed.notify_all()
            return done

    def boot(self) -> int | None:
        """Which start of the gateway this is; None while it is down."""
        with self.changed:
            self._catch_up()
            gateway = self.site.gateway
            return (gateway.booted_unix or 0) if gateway.answers else None

    def switch_power(self, action: str, query: Mapping[str, str]) -> bool:
        """A request to the power switch, answered when it is through with it; whether it is done.

        Raises:
            ValueError: the daemon stumbles over it.
        """
        with self.changed:
            self._take_time(self.site.world.assumptions.instruments.response_s)
            request = self.site.power_switch.request(action, query)
            self._take_time(request.after_s)
            self._carry_out()
            self.changed.notify_all()
        if request.done is None:
            raise ValueError(f"the power switch cannot read {dict(query)}")
        return request.done

    def ask_ac_source(self, line: str) -> str | None:
        """A line to the AC source; its answer, where it is a query."""
        return self._ask(self.site.ac_source, line)

    def ask_attenuator(self, line: str) -> str | None:
        """A line to the attenuator, and its answer."""
        return self._ask(self.site.attenuator, line)

    def _ask(self, instrument: Instrument, line: str) -> str | None:
        with self.changed:
            self._take_time(self.site.world.assumptions.instruments.response_s)
            said = instrument.execute(line)
            self._carry_out()
            self.changed.notify_all()
            return said

    def _take_time(self, duration_s: float) -> None:
        self._catch_up()
        done_s = self.site.world.now_s + duration_s
        if self.speed is None:
            self.site.world.advance(done_s)
            return
        while (left_s := done_s - self.site.world.now_s) > 0 and not self._closing:
            self.changed.wait(left_s / self.speed)
            self._catch_up()

    def unix_time(self) -> float:
        """The gateway's time of day."""
        with self.changed:
            self._catch_up()
            return self.site.gateway.clock.unix_time

    def attach(self, console: str, *, resume: bool = False) -> float:
        """A client has opened this console: what was unread is dropped, counts start at zero.

        `resume`: somebody goes on for a client that is gone, on the line that this one had open.
        """
        with self.changed:
            if resume:
                self._traffic[console].attached = True
                return self.site.world.now_s
            if self._traffic[console].attached and console in self.site.nodes:
                self.site.nodes[console].console_plugged_in_again()
            self._ports[console].discard()
            self._traffic[console] = Traffic(attached=True)
            self._marks = [mark for mark in self._marks if mark[0] != console]
            return self.site.world.now_s

    def detach(self, console: str) -> None:
        """The client is gone; nobody reads this console any more."""
        with self.changed:
            self._traffic[console].attached = False
            self._marks = [mark for mark in self._marks if mark[0] != console]

    def settle(self, written: Mapping[str, int]) -> Settled:
        """Wait until the devices have taken in what was written to them."""
        with self.changed:
            unsettled = self._consume(written)
            return self._settled(unsettled)

    def advance(
        self, until_s: float, *, stop_on: Collection[str], written: Mapping[str, int]
    ) -> Settled:
        """Settle, then live until `until_s` or the first print on one of `stop_on`.

        Raises:
            ValueError: time passes by itself here.
        """
        if self.speed is not None:
            raise ValueError("this simulator is paced: its time passes by itself")
        with self.changed:
            unsettled = self._consume(written)
            world = self.site.world
            printed = False
            while world.now_s < until_s and not printed:
                world.advance(min(until_s, world.now_s + STRIDE_S), stop_on)
                printed = any(said.console in stop_on for said in world.printed)
                self._carry_out()
                if self.site.console.due is not None:  # typed while another was being run
                    self._let_line_run()
                    printed |= self.site.console.name in stop_on
                self._let_readers_catch_up()
            return self._settled(unsettled)

    def snapshot(self) -> int:
        """Keep the whole site as it is; the number brings it back."""
        with self.changed:
            self._snapshots.append(copy.deepcopy(self.site))
            return len(self._snapshots) - 1

    def restore(self, number: int) -> float:
        """The site as it was at that snapshot, time included."""
        with self.changed:
            if not 0 <= number < len(self._snapshots):
                raise ValueError(f"no snapshot {number}; there are {len(self._snapshots)}")
            self.site = copy.deepcopy(self._snapshots[number])
            return self.site.world.now_s

    @property
    def overruns(self) -> dict[str, int]:
        """Bytes dropped, by console, because nobody read; empty while none were."""
        return {name: port.overruns for name, port in self._ports.items() if port.overruns}

    def state(self) -> dict[str, object]:
        """What is inside, for a person debugging the simulator."""
        with self.changed:
            return {
                "now_s": self.site.world.now_s,
                "speed": self.speed,
                "next_event_s": self.site.world.next_event_s(),
                "consoles": {name: vars(traffic) for name, traffic in self._traffic.items()},
                "overruns": self.overruns,
            }

    def _consume(self, written: Mapping[str, int]) -> list[str]:
        unsettled = []
        for console, count in written.items():
            traffic = self._traffic[console]
            silent = 0
            while traffic.consumed < count and silent < SLICES:
                seen = traffic.consumed
                self.changed.wait(SILENCE_S / SLICES)
                silent = silent + 1 if traffic.consumed == seen else 0
            if traffic.consumed < count:
                unsettled.append(console)
        self._let_line_run()
        return unsettled

    def _let_line_run(self) -> None:
        """Wait until what was typed on the gateway's console has been run: it may ask the gateway's web
        server, which moves the time.
        """
        if self.site.console.due is not None:
            self.changed.notify_all()
        self.changed.wait_for(
            lambda: not self.is_running_a_line and self.site.console.due is None, LINE_WALL_S
        )

    def _settled(self, unsettled: list[str]) -> Settled:
        marks, self._marks = self._marks, []
        printed = {name: t.printed for name, t in self._traffic.items() if t.attached}
        return Settled(self.site.world.now_s, printed, marks, unsettled)

    def _carry_out(self) -> None:
        """Hand what was printed to the ports, and remember when it was."""
        poke = False
        for said in self.site.world.take_printed():
            traffic = self._traffic[said.console]
            # In virtual time an unattended terminal stays empty: what stood in it would reach the
            # next client outside the counts.
            if self.speed is None and not traffic.attached:
                continue
            last = self._marks[-1] if self._marks else None
            if last is None or (last[0], last[2]) != (said.console, said.at_s):
                self._marks.append((said.console, traffic.printed, said.at_s))
            dropped = self._ports[said.console].put(said.data)
            traffic.printed += len(said.data) - dropped
            poke = True
        if self.speed is not None:
            self._marks.clear()
        if poke:
            self._poke()

    def _let_readers_catch_up(self) -> None:
        """Hold time while a terminal is full, as long as its reader makes any progress."""
        for name, traffic in self._traffic.items():
            port = self._ports[name]
            silent = 0
            while traffic.attached and port.waiting > OUTBOX_BYTES // 2 and silent < SLICES:
                before = port.waiting
                self.changed.wait(SILENCE_S / SLICES)
                silent = silent + 1 if port.waiting == before else 0

    def _catch_up(self) -> None:
        """Where time passes by itself: bring the site to this moment."""
        if self.speed is not None:
            self.site.world.advance((time.monotonic() - self._zero_wall) * self.speed)

    def _pace(self) -> None:
        assert self.speed is not None
        with self.changed:
            while not self._closing:
                self._catch_up()
                self._carry_out()
                self.changed.notify_all()
                next_s = self.site.world.next_event_s()
                ahead_s = 1.0 if next_s is None else next_s - self.site.world.now_s
                self.changed.wait(min(0.05, max(0.001, ahead_s / self.speed)))
