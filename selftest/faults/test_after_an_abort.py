"""Faults of a run that is gone: its keeper lifts them, first those of the wires it needs itself."""

import socket
from contextlib import suppress
from pathlib import Path

from hil.errors import HilError
from selftest.rig.desk import FIRST, TRUTH, desk, opened


def test_the_keeper_lifts_what_a_lost_run_has_left(tmp_path: Path) -> None:
    with desk(tmp_path):
        with suppress(HilError), opened(tmp_path) as rig:  # it cannot say goodbye
            rig.faults.gateway.fails(503)
            rig.faults.console(rig.encharges[0]).is_cut()
            rig.faults.site.outage()
            rig.faults.site.out_of_reach(rig.encharges[1])
            rig.link._socket.shutdown(socket.SHUT_RDWR)
        rig.timeline.close()  # without a keeper the run has gone on writing by itself

        with opened(tmp_path) as again:
            assert again.faults.on() == []
            assert again.encharges[0].console.answers()
            assert again.baseline.differences() == []
        told = (tmp_path / "run" / "timeline.jsonl").read_text("utf-8")
    for put_back in (
        f"put back line of encharge {FIRST} console: is cut instead of sound",
        "put back mains supply: off, 120 V, 60 Hz instead of on, 120 V, 60 Hz",
        "attenuation: 95 dB instead of 0 dB",
    ):
        assert put_back in told
    assert told.index("put back line of") < told.index("put back mains supply")


def test_the_keeper_waits_for_an_update_that_a_lost_run_has_begun_and_puts_the_old_one_back(
    tmp_path: Path,
) -> None:
    with desk(tmp_path) as running:
        gateway = running.simulation.site.gateway
        with suppress(HilError), opened(tmp_path) as rig:
            rig.faults.site.gateway_update()
            rig.link._socket.shutdown(socket.SHUT_RDWR)
        rig.timeline.close()
        with opened(tmp_path) as again:
            assert again.baseline.differences() == []
            again.clock.sleep(600)
            assert not gateway.is_being_updated
            assert again.envoy.info.read().firmware == TRUTH.gateway.firmware
        told = (tmp_path / "run" / "timeline.jsonl").read_text("utf-8")
    assert "put back gateway: firmware: 8.2.4264 instead of 8.2.127" in told
