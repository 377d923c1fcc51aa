"""What the simulated site costs: how fast its time passes, how it answers, what it holds.

Every figure is from a process of its own that did nothing before: what one has held once, it keeps.
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.figures import Table, Target, percentile, spread

DEVICES = (3, 50, 500)
DAY_S = 86_400
PATH = "/ivp/livedata/status"
SITE = Path(__file__).parents[1] / "sites" / "split-phase.yaml"


def measure(rounds: int, requests: int) -> list[Table]:
    """Days, requests, and the first answer."""
    return [_days(rounds), _requests(rounds, requests), _first_answer(rounds)]


def _days(rounds: int) -> Table:
    columns = ["devices", "rig s per wall s", "a day, CPU s", "built after, s"]
    columns += ["process before it, MB", "after the day, MB", "the site alone, MB"]
    table = Table("A day of a simulated site", columns)
    for devices in DEVICES:
        taken = [_once("live", devices) for _ in range(rounds)]
        speed = spread([DAY_S / each["wall_s"] for each in taken])
        cpu = spread([each["cpu_s"] for each in taken])
        cells = [f"{speed:.0f}", f"{cpu:.2f}", f"{spread([t['built_s'] for t in taken]):.2f}"]
        for key in ("bare_mb", "lived_mb"):
            cells.append(f"{spread([each[key] for each in taken]):.1f}")
        cells.append(f"{_once('weigh', devices)['site_mb']:.2f}")
        table.rows.append([f"{taken[0]['devices']:.0f}", *cells])
        if devices == DEVICES[0]:
            wall_s = median(each["wall_s"] for each in taken)
            table.targets.append(Target("a day of the default site", 5, wall_s, " s"))
    table.notes.append(
        "The process has read the site file, which leaves room that a small site then fits into; "
        "the site alone is what Python allocates for it, an hour old."
    )
    return table


def _requests(rounds: int, requests: int) -> Table:
    table = Table(
        "Requests of live data, one client, keep-alive",
        ["server", "per s", "median, ms", "p99, ms", "median, × bare"],
    )
    names = ["bare", *(f"{devices} devices" for devices in DEVICES)]
    times_s: dict[str, list[list[float]]] = {name: [] for name in names}
    for _ in range(rounds):
        with _serving("serve", DEVICES[0]) as port:
            size = len(_ask(port, 1)[1])
        for name, what, argument in (
            ("bare", "bare", size),
            *((f"{devices} devices", "serve", devices) for devices in DEVICES),
        ):
            with _serving(what, argument) as port:
                times_s[name].append(_ask(port, requests)[0])
    for name in names:
        medians = [median(each) for each in times_s[name]]
        beside = [mine / median(bare) for mine, bare in zip(medians, times_s["bare"], strict=True)]
        rates = spread([len(each) / sum(each) for each in times_s[name]])
        late = spread([1000 * percentile(each, 0.99) for each in times_s[name]])
        middle = spread([1000 * each for each in medians])
        table.rows.append(
            [name, f"{rates:.0f}", f"{middle:.2f}", f"{late:.2f}", f"{spread(beside):.1f}"]
        )
    table.notes.append(
        "Each request moves virtual time by the 0.36 s that a gateway takes; bare sends as many bytes."
    )
    return table


def _first_answer(rounds: int) -> Table:
    table = Table("From start to the first answer, s", ["`hil simulate`, default site"])
    taken = [_until_it_answers() for _ in range(rounds)]
    table.rows.append([f"{spread(taken):.2f}"])
    table.targets.append(Target("first answer after start", 1, median(taken), " s"))
    return table


def _until_it_answers() -> float:
    """Seconds from the command to an answer on the port that its rig file names."""
    with tempfile.TemporaryDirectory() as folder:
        rig_file = Path(folder) / "rig.yaml"
        command = [str(Path(sys.executable).parent / "hil"), "simulate", str(SITE)]
        command += ["--time", "virtual", "--write-rig", str(rig_file), "--until-eof"]
        begun_s = time.perf_counter()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            while not rig_file.exists():
                if process.poll() is not None:
                    raise RuntimeError(f"hil simulate has ended with {process.returncode}")
                time.sleep(0.002)
            line = next(e for e in rig_file.read_text("utf-8").splitlines() if "url: http" in e)
            _ask(int(line.rpartition(":")[2]), 1)
            took_s = time.perf_counter() - begun_s
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
        return took_s


def _ask(port: int, requests: int) -> tuple[list[float], bytes]:
    """How long each request took, and the last answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    taken_s, body = [], b""
    for _ in range(requests):
        begun_s = time.perf_counter()
        connection.request("GET", PATH)
        answer = connection.getresponse()
        body = answer.read()
        taken_s.append(time.perf_counter() - begun_s)
        if answer.status != 200:
            raise RuntimeError(f"{PATH} was answered {answer.status}")
    connection.close()
    return taken_s, body


def _once(what: str, argument: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.simulated_site_process", what, str(argument)]
    said: dict[str, float] = json.loads(subprocess.check_output(command))
    return said


@contextmanager
def _serving(what: str, argument: int) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.simulated_site_process", what, str(argument)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(json.loads(process.stdout.readline())["port"])
        process.stdin.close()
        process.wait()
