"""A bench that is not as its rig file says: one message for whoever has to act, no product bug."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from selftest.relay import Relay
from selftest.rig.desk import ENPOWER, FIRST, SECOND, TRUTH
from selftest.suite_runs import SuiteRun, run_suite, simulator_process

GATEWAY = TRUTH.gateway.serial_number
NOBODY = "122000009999"
PACED = ("--time", "paced", "--speed", "10")

Change = Callable[[dict[str, Any]], None]


@contextmanager
def desk(folder: Path, *time: str, change: Change) -> Iterator[Path]:
    """The rig file of a simulator of its own, after `change`."""
    rig_file = folder / "desk.yaml"
    with simulator_process(rig_file, *time):
        described = yaml.safe_load(rig_file.read_text())
        change(described)
        rig_file.write_text(yaml.safe_dump(described))
        yield rig_file


def findings(run: SuiteRun) -> list[str]:
    """What stands under `Whose fault`, the line with the totals first."""
    section = re.split(r"=+ Whose fault =+\n", run.printed)[1]
    return re.split(r"\n(?:=|!|\d+ collected, |drift: |found at |not watched|logs, )", section)[
        0
    ].splitlines()


def statuses(run: SuiteRun) -> Counter[str]:
    """How many tests ended how, in the report."""
    results = [json.loads(path.read_text()) for path in run.directory.rglob("*-result.json")]
    blamed = {
        label["value"]
        for result in results
        for label in result["labels"]
        if label["name"] == "blame"
    }
    assert blamed <= {"rig", "not run"}, blamed
    return Counter(result["status"] for result in results)


def unplugged_switch(described: dict[str, Any]) -> None:
    with Relay("127.0.0.1:9") as nobody:  # its address, once nobody listens there
        described["instruments"]["power_switch"]["url"] = f"http://{nobody.address}"


def unplugged_source(described: dict[str, Any]) -> None:
    with Relay("127.0.0.1:9") as nobody:
        described["instruments"]["ac_source"]["address"] = nobody.address


def another_gateway(described: dict[str, Any]) -> None:
    described["envoy"]["serial_number"] = NOBODY


def another_battery(described: dict[str, Any]) -> None:
    described["encharges"][0]["serial_number"] = NOBODY
    described["instruments"]["power_switch"]["outlets"].pop(FIRST)


def batteries_swapped(described: dict[str, Any]) -> None:
    one, other = described["encharges"]
    one["console"], other["console"] = other["console"], one["console"]


def battery_and_switch_swapped(described: dict[str, Any]) -> None:
    one, other = described["enpower"], described["encharges"][0]
    one["console"], other["console"] = other["console"], one["console"]


def console_unplugged(described: dict[str, Any]) -> None:
    described["encharges"][1]["console"]["port"] = "/dev/serial/by-id/usb-gone"


def another_firmware(described: dict[str, Any]) -> None:
    described["expected"]["firmware"] = "8.3.5167"


def full_disk(described: dict[str, Any]) -> None:
    described["recording"] = {"free_megabytes": 1_000_000_000}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            unplugged_switch,
            r"power switch at http://\S+: no answer to on of pdu-sim outlet 1 .*: connection "
            "refused; suspect that pdudaemon does not run there",
        ),
        (unplugged_source, r"ac source at \S+: no answer to '\*IDN\?': .*; suspect its power, "),
        (another_gateway, rf"envoy {NOBODY}: at http://\S+ answers gateway {GATEWAY}; suspect the"),
        (another_battery, rf"encharge {NOBODY}: on /dev/\S+ .* answers {FIRST} .* suspect two cab"),
        (batteries_swapped, rf"encharge {FIRST}: on /dev/\S+ .* answers {SECOND} .* suspect two c"),
        (
            battery_and_switch_swapped,
            rf"enpower {ENPOWER}: on /dev/\S+ .* answers {FIRST} .* suspect two cables swapped",
        ),
        (console_unplugged, r"cannot open /dev/serial/by-id/usb-gone .*: no such file; suspect "),
        (another_firmware, rf"envoy {GATEWAY}: runs firmware 8.2.127, .* expects 8.3.5167: .*inst"),
        (
            full_disk,
            r"the rig is not fit for a run: disk, logs: \d+ MB free at .* are wanted .*rem",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_rig_that_is_not_as_its_file_says_ends_the_run_with_one_message(
    change: Change, says: str, tmp_path: Path
) -> None:
    with desk(tmp_path, *PACED, change=change) as rig_file:
        run = run_suite(tmp_path / "run", f"--rig={rig_file}", "tests/site_settings")

    ended_with_one_message(run, says)


def test_a_page_for_people_in_place_of_the_gateway_ends_the_run_with_one_message(
    tmp_path: Path,
) -> None:
    with login_page() as url:

        def a_login_page(described: dict[str, Any]) -> None:
            described["envoy"]["url"] = url

        with desk(tmp_path, *PACED, change=a_login_page) as rig_file:
            run = run_suite(tmp_path / "run", f"--rig={rig_file}", "tests/site_settings")

    ended_with_one_message(
        run, r"envoy at \S+: GET \S+/info: 200, but a page for people came; suspect the address"
    )


def ended_with_one_message(run: SuiteRun, says: str) -> None:
    assert run.returncode == 2, run.printed
    totals, finding = findings(run)
    assert re.fullmatch(r"1 the rig's, \d+ never started", totals), run.printed
    assert re.search(rf" the rig's  tests/\S+ \(setup\): \w+: {says}", finding), finding
    assert run.printed.count("suspect") + run.printed.count("install it") <= 2, run.printed
    assert "Traceback" not in run.printed
    assert "hil/" not in run.printed, "where hil found it is nothing to a bench engineer"
    counted = statuses(run)
    assert counted == {"broken": 1, "unknown": int(totals.split()[3])}, counted


@contextmanager
def login_page() -> Iterator[str]:
    """A web server with a page for people at every path; its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _LoginPage)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _LoginPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!DOCTYPE html><html><title>Sign in</title><body>Please sign in</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nothing."""


@pytest.mark.parametrize(
    ("instrument", "pulled_at", "test", "says"),
    [
        ("ac_source", b"OUTP OFF", "tests/ensemble/test_outage.py", r"ac source at \S+: no answer"),
        ("power_switch", b"/off?", "tests/zigbee/test_power_cut.py", r"power switch at \S+: no an"),
    ],
    ids=["ac source", "power switch"],
)
def test_an_instrument_that_is_unplugged_in_the_middle_takes_the_rig_out_with_one_message(
    instrument: str, pulled_at: bytes, test: str, says: str, tmp_path: Path
) -> None:
    relays: list[Relay] = []

    def through_a_relay(described: dict[str, Any]) -> None:
        key = "address" if instrument == "ac_source" else "url"
        entry = described["instruments"][instrument]
        relays.append(Relay(entry[key].removeprefix("http://"), pulled_at=pulled_at))
        entry[key] = ("" if key == "address" else "http://") + relays[0].address

    with desk(tmp_path, "--time", "virtual", change=through_a_relay) as rig_file, relays[0]:
        run = run_suite(tmp_path / "run", f"--rig={rig_file}", test, "tests/site_settings")

    assert relays[0].is_pulled, run.printed
    assert run.returncode == 10, run.printed
    totals, finding, not_put_back, *not_run = findings(run)
    assert re.fullmatch(r"\d+ the rig's", totals), run.printed
    assert re.search(rf" the rig's  {test}::\w+: [A-Z0-9-]+ · Unreachable: {says}", finding), (
        finding
    )
    assert not_put_back.endswith(" the rig's  it was not put back, either"), run.printed
    counted = statuses(run)
    assert [line.strip() for line in not_run] == [
        f"the rig's  {counted['broken'] - 1} tests not run: the rig was out"
    ]
    assert counted.keys() <= {"broken", "passed", "skipped"}, counted
    assert counted["broken"] > 10, counted
    assert "ERROR at setup" not in run.printed, "each of the others tells the same again"
    assert len(re.findall(r"^FAILED|^ERROR", run.printed, re.M)) == 1, run.printed
