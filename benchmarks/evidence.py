"""What keeping all evidence costs: per exchange with a gateway, and per test, in processor time.

Beside the least that anybody could do: the same requests without a record, and the same tests with
plain pytest, with and without allure-pytest attaching the same text.
"""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from benchmarks.figures import Spread, Table, ratios, spread
from hil.clock import WallClock
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.transports.http import Http
from hil.vocabulary.secret import Secret
from selftest.plugin.inner_suite import CONFTEST, PROMISES

BODY = (
    '{"mains_admin_state":"closed","mains_oper_state":"closed","padding":"' + "x" * 1950 + '"}'
).encode()
KEY = "5C0FFEE1D2C3B4A5968778695A4B3C2D"
ROOT = Path(__file__).parents[1]

EVENTS = 40
"""What is noted in each test: half of it sent, half of it heard."""

PLAIN = """
def test_{n}():
    assert len(said()) == {events}
"""
ALLURE = """
def test_{n}():
    with allure.step("ask"):
        lines = said()
    allure.attach("\\n".join(lines), name="said", attachment_type=allure.attachment_type.TEXT)
    assert len(lines) == {events}
"""
OURS = """
@pytest.mark.promise("ZB-001")
def test_{n}(rig):
    lines = said()
    for line in lines[::2]:
        rig.timeline.note("encharge 122000000131 console", Kind.SENT, "psts")
        rig.timeline.note("encharge 122000000131 console", Kind.HEARD, line)
    assert len(lines) == {events}
"""
HEAD = f"""
import allure
import pytest
from hil.evidence.timeline import Kind

def said():
    return ["pairing: paired, zb: joined, parent: 0000, retries: 0"] * {EVENTS}
"""


def measure(exchanges: int, tests: int, rounds: int) -> list[Table]:
    """So many exchanges and tests, in each of so many rounds."""
    return [_exchanges(exchanges, rounds), _tests(tests, rounds)]


def _exchanges(count: int, rounds: int) -> Table:
    bare: list[float] = []
    recorded: list[float] = []
    with TemporaryDirectory() as folder, _gateway() as url:
        clock = WallClock()
        redactor = Redactor([Secret(KEY)])
        with Timeline(
            Path(folder) / "timeline.jsonl", now=clock.now, redactor=redactor
        ) as timeline:
            session = requests.Session()
            session.trust_env = False
            with session, Http(url, clock=clock, timeline=timeline) as http:
                for _ in range(rounds):
                    bare.append(_processor_us(count, lambda: session.get(f"{url}/ivp")))
                    recorded.append(_processor_us(count, lambda: http.get("/ivp")))
    return Table(
        "One exchange with a gateway, 2 KB, processor time of the suite's own thread",
        ["", "µs", "× bare"],
        [
            ["requests.Session, nothing kept", f"{spread(bare):.0f}", "1.00"],
            [
                "hil, all of it on the timeline",
                f"{spread(recorded):.0f}",
                f"{ratios(recorded, bare):.2f}",
            ],
        ],
        [
            "Both halves with headers and body, masked, written to the disk as they happen, in the process that asks; on a rig "
            "the keeper writes them."
        ],
    )


def _processor_us(count: int, do: Callable[[], object]) -> float:
    began = time.thread_time()
    for _ in range(count):
        do()
    return (time.thread_time() - began) / count * 1e6


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nobody reads it."""


@contextmanager
def _gateway() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def _tests(count: int, rounds: int) -> Table:
    ways: dict[str, tuple[str, tuple[str, ...]]] = {
        "pytest": (PLAIN, ()),
        "pytest and allure-pytest, the same text attached": (ALLURE, ("--alluredir=results",)),
        "hil: timeline, its page, console slice, plan, promises, summary": (OURS, ()),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (body, options) in ways.items():
            few, many = (_run(body, options, tests=n) for n in (1, count + 1))
            taken[name].append((many - few) / count * 1e3)
    first = taken["pytest"]
    rows: list[Sequence[str]] = [
        [name, f"{spread(each):.2f}", f"{_more(each, first):.2f}"] for name, each in taken.items()
    ]
    return Table(
        f"One test with {EVENTS} lines of evidence, processor time of pytest",
        ["", "ms", "more than pytest, ms"],
        rows,
        ["The time of a run with one test is taken off. What the rig itself costs is not in it."],
    )


def _more(values: list[float], first: list[float]) -> Spread:
    return spread([value - beside for value, beside in zip(values, first, strict=True)])


def _run(body: str, options: tuple[str, ...], *, tests: int) -> float:
    """Processor seconds of a pytest with so many tests."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        ours = body is OURS
        home = root / "tests" / "zigbee"
        home.mkdir(parents=True)
        (root / "pytest.ini").write_text(
            (ROOT / "pytest.ini").read_text() if ours else "[pytest]\n"
        )
        (root / "docs").mkdir()
        (root / "docs" / "promises.yaml").write_text(PROMISES)
        (root / "rigs").mkdir()
        (root / "rigs" / "sim-split-phase.yaml").write_text(
            "name: sim-split-phase\nsimulate: ../sites/none.yaml\n"
        )
        if ours:
            (root / "conftest.py").write_text(CONFTEST)
        text = "".join(body.format(n=n, events=EVENTS) for n in range(tests))
        (home / "test_many.py").write_text(HEAD + text)
        before = _used_s()
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return _used_s() - before


def _used_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
