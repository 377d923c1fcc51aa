"""The whole of a rig looked at: a simulator that runs here, and troubles of every kind at once."""

import os
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hil.rig.health.check import Check, State
from hil.rig.health.examination import examination
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.simulator.process import Running
from hil.simulator.relay_states import RelayState
from hil.vocabulary.grid import MainsState
from selftest.rig.desk import ENPOWER, FIRST, SECOND, TRUTH, desk
from selftest.transports.scripted_server import Heard, Say, serving

GATEWAY = TRUTH.gateway.serial_number


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with desk(tmp_path) as running:
        yield running


def described(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((folder / "desk.yaml").read_text())
    return document


def examined(folder: Path, document: dict[str, Any] | None = None) -> dict[str, Check]:
    """The checks of the desk rig, by name; with another rig file where one is given."""
    path = folder / "desk.yaml"
    if document is not None:
        path.write_text(yaml.safe_dump(document))
    description = load_rig(str(path), folder)
    assert isinstance(description, RigFile)
    logs = folder / "logs"
    found = list(examination(description, logs, root=folder / "state", who="selftest"))
    assert len({check.name for check in found}) == len(found), "a name stands for one thing"
    return {check.name: check for check in found}


def states(found: dict[str, Check]) -> Counter[State]:
    return Counter(check.state for check in found.values())


def test_a_rig_that_is_well_is_green_and_nothing_was_changed_on_it(
    running: Running, tmp_path: Path
) -> None:
    found = examined(tmp_path)

    assert states(found) == {State.OK: len(found)}, found
    assert found[f"encharge {FIRST}: console"].seen.startswith(f"{FIRST} answers on /dev/pts/")
    assert found["gateway"].seen == f"{GATEWAY} answers at {running.url}"
    assert found["gateway firmware"].seen == "D8.2.127"
    assert found["commissioning seal"].seen == "sealed"
    assert found["mains relay"].seen == "closed"
    assert found[f"encharge {SECOND}: radio"].seen == "joined"
    timeline = (tmp_path / "logs" / "timeline.jsonl").read_text()
    assert timeline.count('"GET /') < 15
    assert not [verb for verb in ('"POST /', '"PUT /', '"DELETE /') if verb in timeline]
    assert "/power/control/" not in timeline
    typed = [line for line in timeline.splitlines() if f'"encharge {FIRST} console"' in line]
    commands = [line for line in typed if '"kind": "→"' in line]
    assert 4 <= len(commands) <= 6, commands
    assert TRUTH.nodes[0].link_key not in timeline


def test_it_goes_on_whatever_is_wrong_and_says_what_to_do(tmp_path: Path) -> None:
    # In virtual time the bytes of a console that leads elsewhere would be waited for each time.
    with desk(tmp_path, speed=10.0):
        rig = described(tmp_path)
        one, other = rig["encharges"]
        one["console"], other["console"] = other["console"], one["console"]
        one["link_key"] = {"env": "NOBODY_HAS_SET_THIS"}
        rig["enpower"]["console"]["port"] = "/dev/serial/by-id/usb-gone"
        rig["expected"]["firmware"] = "8.3.5167"
        rig["envoy"]["clock_within_s"] = 60
        rig["instruments"]["ac_source"]["address"] = "127.0.0.1:9"

        found = examined(tmp_path, rig)

    assert {name for name, check in found.items() if check.state is State.RED} == {
        f"encharge {FIRST}: console",
        f"encharge {SECOND}: console",
        "secret encharges[0].link_key",
        f"enpower {ENPOWER}: port",
        "gateway firmware",
        "gateway clock",
        "ac source",
    }
    swapped = found[f"encharge {FIRST}: console"]
    assert f"answers {SECOND}" in swapped.seen
    assert swapped.todo.startswith(f"swap the consoles of encharge {FIRST} and encharge {SECOND}")
    assert found[f"enpower {ENPOWER}: port"].todo.startswith("suspect the adapter is unplugged")
    assert "NOBODY_HAS_SET_THIS is not set" in found["secret encharges[0].link_key"].seen
    assert "runs firmware 8.2.127, the rig file expects 8.3.5167" in found["gateway firmware"].seen
    assert found["gateway firmware"].todo == (
        "install it (hil safe does, by gateway_update), or change expected.firmware"
    )
    assert "behind this machine's, 60 s are allowed" in found["gateway clock"].seen
    assert found[f"enpower {ENPOWER}: console"].state is State.UNSEEN
    assert found[f"encharge {FIRST}: radio"].state is State.UNSEEN
    assert found["mains supply"].state is State.UNSEEN, "its source is told already"
    assert found["mains relay"].state is State.OK, "what can be looked at is"


def test_a_site_that_is_not_as_tests_want_it_is_red_and_stays_so(
    running: Running, tmp_path: Path
) -> None:
    site = running.simulation.site
    with running.simulation.changed:
        site.nodes[FIRST].set_dj(1)
        site.nodes[FIRST].leave()
        site.relay.command(MainsState.OPEN)
    running.simulation.advance(200.0, stop_on=(), written={})

    found = examined(tmp_path)

    red = {name: check for name, check in found.items() if check.state is State.RED}
    assert red.keys() == {
        f"encharge {FIRST}: joining",
        f"encharge {FIRST}: radio",
        "communicating",
        "mains relay, commanded",
        "mains relay",
    }
    assert {check.todo for check in red.values()} == {
        f"hil safe --rig {tmp_path}/desk.yaml, which puts it right"
    }
    assert found["grid mode"].state is State.WARN
    assert site.relay.state is not RelayState.ON_GRID
    assert not site.nodes[FIRST].operational


def test_a_port_that_another_program_has_names_it(running: Running, tmp_path: Path) -> None:
    locks = "import fcntl,sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", locks, running.ports[FIRST]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        found = examined(tmp_path)
        holder.stdin.write(b"\n")
        holder.stdin.close()

    port = found[f"encharge {FIRST}: port"]
    assert port.state is State.RED
    assert f"process {holder.pid}" in port.seen
    assert port.todo == "end that, or use another port"
    assert found[f"encharge {FIRST}: console"].state is State.UNSEEN
    assert found[f"encharge {SECOND}: console"].state is State.OK


def test_what_is_no_gateway_or_does_not_let_us_in_is_told_once(
    running: Running, tmp_path: Path
) -> None:
    rig = described(tmp_path)

    def page(heard: Heard) -> Say:
        return Say("<!DOCTYPE html><html><title>Sign in</title></html>", headers=HTML)

    def shut(heard: Heard) -> Say:
        if heard.path != "/info":
            return Say("<html><title>401 Authorization Required</title></html>", 401, HTML)
        with urllib.request.urlopen(f"{running.url}/info") as real:
            return Say(real.read().decode())

    with serving(page) as server:
        rig["envoy"]["url"] = server.url
        found = examined(tmp_path, rig)
    assert [name for name in found if found[name].state is State.RED] == ["gateway"]
    assert "a page for people came" in found["gateway"].seen
    assert found["mains relay"].state is State.UNSEEN

    with serving(shut) as server:
        rig["envoy"]["url"] = server.url
        found = examined(tmp_path, rig)
    assert [name for name in found if found[name].state is State.RED] == ["authorization"]
    assert "401, not let in. The rig file has no way in" in found["authorization"].seen
    assert found["mains relay"].state is State.WARN
    assert found["gateway"].state is State.OK


HTML = {"Content-Type": "text/html"}


@pytest.mark.usefixtures("running")
def test_a_key_that_every_user_of_the_machine_may_read_is_a_warning(tmp_path: Path) -> None:
    key = tmp_path / "desk.keys" / FIRST
    key.chmod(0o644)

    found = examined(tmp_path)

    assert states(found)[State.RED] == 0
    assert found["secret encharges[0].link_key"] == Check(
        "secret encharges[0].link_key",
        State.WARN,
        f"every user of this machine may read {key} (644)",
        f"chmod o-r {key}",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.usefixtures("running")
def test_a_state_folder_that_cannot_be_written_is_red_and_the_rest_is_looked_at(
    tmp_path: Path,
) -> None:
    (tmp_path / "state").mkdir(mode=0o500)

    found = examined(tmp_path)

    assert [name for name in found if found[name].state is State.RED] == ["rig's state folder"]
