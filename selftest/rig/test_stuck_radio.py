"""A radio that is stuck at AI FF and that no restart frees: the rig cuts the power of its device.

Simulated device, real terminals; the power switch is spoken to through its own HTTP face.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.errors import RadioStuck
from hil.evidence.timeline import Kind
from hil.rig.rig import Rig
from hil.simulator.process import Running
from selftest.rig.desk import FIRST, LOST_S, SECOND, Change, desk, opened


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Every radio that was forbidden to join is stuck afterwards, until its power is cut."""
    with desk(tmp_path) as running:
        assume(running, stuck_ff_prob=1.0, fr_frees_stuck=False)
        yield running


def assume(running: Running, **changed: object) -> None:
    world = running.simulation.site.world
    zigbee = world.assumptions.zigbee.model_copy(update=changed)
    world.assumptions = world.assumptions.model_copy(update={"zigbee": zigbee})


def told(rig: Rig, kind: Kind, since: int = 0) -> list[str]:
    wire = f"encharge {FIRST} console"
    return [
        event.text
        for event in rig.timeline.since(since)
        if event.kind is kind and event.wire == wire
    ]


@pytest.mark.usefixtures("running")
def test_power_is_cut_when_the_radio_restart_did_not_help_and_that_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        battery, switch = rig.encharges[0], rig.power_switch
        assert switch is not None
        battery.drop_from_network()

        rejoined = battery.rejoin()

        assert rejoined.by == "power cycle"
        assert battery.association() == 0
        assert not switch.is_off(FIRST)
        assert not battery.joining_disabled()
        trouble = [text for text in told(rig, Kind.TROUBLE) if text.startswith("stuck")]
        assert trouble == [
            "stuck at AI FF 60 s after 'zb at DJ 0'; try 'zb at FR'",
            "stuck at AI FF 60 s after 'zb at FR'; try a power cut",
        ]
        assert "has booted after a power cut, and is the one that is meant" in told(rig, Kind.STEP)
        sent = [event.text for event in rig.timeline.since(0) if event.wire == "power switch http"]
        assert [text for text in sent if text.startswith("GET") and "port=3" in text][-2:] == [
            "GET /power/control/off?hostname=pdu-sim&port=3",
            "GET /power/control/on?hostname=pdu-sim&port=3",
        ]


@pytest.mark.usefixtures("running")
def test_a_stuck_radio_does_not_cost_the_rig(tmp_path: Path) -> None:
    with opened(tmp_path) as rig:
        rig.encharges[0].drop_from_network()
        rig.baseline.restore()
        assert rig.baseline.differences() == []
        assert not rig.baseline.failed


def test_a_stuck_radio_that_reads_joined_is_found_out_since_the_gateway_does_not_hear_it(
    tmp_path: Path,
) -> None:
    with desk(tmp_path, defects=["searching-reads-joined"]) as running, opened(tmp_path) as rig:
        assume(running, stuck_ff_prob=1.0, fr_frees_stuck=False)
        rig.encharges[0].drop_from_network()
        rig.clock.sleep(LOST_S)
        rig.baseline.restore()
        assert rig.baseline.differences() == []
        trouble = told(rig, Kind.TROUBLE)
        assert "says that it has joined, and is not heard; cut its power" in trouble


@pytest.mark.usefixtures("running")
def test_a_device_without_a_radio_restart_loses_its_power_at_once(tmp_path: Path) -> None:
    def no_restart(document: dict[str, object]) -> None:
        batteries = document["encharges"]
        assert isinstance(batteries, list)
        batteries[0]["dialect"] = {"radio_reset": None}

    with opened(tmp_path, no_restart) as rig:
        rig.encharges[0].drop_from_network()
        assert rig.encharges[0].rejoin().by == "power cycle"
        assert "zb at FR" not in told(rig, Kind.SENT)


def without_its_outlet(document: dict[str, object]) -> None:
    _outlets(document).pop(FIRST)


def with_swapped_outlets(document: dict[str, object]) -> None:
    outlets = _outlets(document)
    outlets[FIRST], outlets[SECOND] = outlets[SECOND], outlets[FIRST]


def _outlets(document: dict[str, object]) -> dict[str, object]:
    instruments = document["instruments"]
    assert isinstance(instruments, dict)
    outlets = instruments["power_switch"]["outlets"]
    assert isinstance(outlets, dict)
    return outlets


@pytest.mark.parametrize(
    ("change", "suspect"),
    [
        (without_its_outlet, "by hand: this rig has no power switch with its outlet"),
        (with_swapped_outlets, "an outlet in the rig file that is another device's"),
    ],
)
def test_a_radio_that_stays_stuck_says_what_was_tried_and_what_to_suspect(
    running: Running, tmp_path: Path, change: Change, suspect: str
) -> None:
    with opened(tmp_path, change) as rig:
        rig.encharges[0].drop_from_network()
        with pytest.raises(RadioStuck, match=suspect):
            rig.encharges[0].rejoin()
        assume(running, fr_frees_stuck=True)  # so that the rig can be put back


def test_a_closed_window_is_no_reason_to_cut_the_power(running: Running, tmp_path: Path) -> None:
    assume(running, stuck_ff_prob=0.0)
    with opened(tmp_path) as rig:
        battery, switch = rig.encharges[0], rig.power_switch
        assert switch is not None
        battery.drop_from_network()
        running.simulation.site.network.sealed = False  # its key is held, its window is closed
        began = len(rig.timeline.since(0))
        with pytest.raises(AssertionError, match="after 'zb at DJ 0': not within 60 s"):
            battery.rejoin()
        assert [text for text in told(rig, Kind.TROUBLE, began) if "stuck" in text] == []
        assert "zb at FR" not in told(rig, Kind.SENT)
        running.simulation.site.network.sealed = True
