"""Faults of the site: through the instruments that a rig file names, and put back with the rig."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hil.errors import EquipmentRefused, NotInTime, RigError
from hil.rig.gateway_update import MARK, GatewayUpdate
from hil.rig.rig import Rig
from hil.vocabulary.capabilities import Capability
from hil.vocabulary.identity import Firmware
from hil.vocabulary.zigbee import PAIRED, AssociationCode, PairingState
from selftest.rig.desk import FIRST, TRUTH, desk, opened


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A rig on an ordinary rig file; the simulator behind it runs here."""
    folder = tmp_path_factory.mktemp("rig")
    with desk(folder), opened(folder) as rig:
        yield rig


@pytest.fixture(autouse=True)
def as_found(bench: Rig) -> Iterator[None]:
    yield
    bench.faults.end_all()
    bench.baseline.restore()
    assert bench.baseline.differences() == []


def test_an_outage_and_a_step_are_at_the_terminals(bench: Rig) -> None:
    source = bench.ac_source
    assert source is not None
    with bench.faults.site.outage():
        assert source.measured() == (0.0, 0.0)
    with bench.faults.site.grid_step(voltage_v=110, frequency_hz=59.8) as step:
        assert source.measured() == (110.0, 59.8)
    assert str(step) == "grid: 110 V, 59.8 Hz"
    assert source.measured() == (120.0, 60.0)


def test_a_battery_without_power_says_nothing(bench: Rig) -> None:
    encharge = bench.encharges[0]
    with bench.faults.site.power_cut(encharge):
        bench.clock.sleep(2)
        assert not encharge.console.answers()
    bench.clock.sleep(30)
    assert encharge.console.answers()


def test_a_gateway_that_reboots_is_gone_and_there_again_at_the_end(bench: Rig) -> None:
    reboot = bench.faults.site.gateway_reboot()
    assert not bench.envoy.answers()
    reboot.end()
    assert bench.envoy.answers()


def test_a_gateway_is_given_other_firmware_and_the_expected_one_again(bench: Rig) -> None:
    with bench.faults.site.gateway_update() as update:
        assert str(update) == f"envoy {TRUTH.gateway.serial_number}: is updated to 8.2.4264"
        assert bench.envoy.info.read().firmware == TRUTH.gateway.firmware
        with pytest.raises(RigError, match="an update is under way"):
            bench.faults.site.gateway_update()
        bench.clock.sleep(700)
        assert bench.envoy.info.read().firmware == TRUTH.gateway.other_firmware
    assert bench.envoy.info.read().firmware == TRUTH.gateway.firmware


def test_other_firmware_that_was_left_in_the_gateway_is_put_back(bench: Rig) -> None:
    shell, other = bench.gateway_shell, TRUTH.gateway.other_firmware
    assert shell is not None
    bench.faults.site.gateway_update()
    bench.clock.sleep(700)
    assert [str(each) for each in bench.baseline.restore()] == [
        f"gateway: firmware: {other} instead of {TRUTH.gateway.firmware}"
    ]
    assert bench.envoy.info.read().firmware == TRUTH.gateway.firmware


def test_a_mark_that_outlived_a_restart_counts_no_more(bench: Rig) -> None:
    shell = bench.gateway_shell
    assert shell is not None
    shell.line_carried_out(f"echo {TRUTH.gateway.firmware} > {MARK}")
    assert bench.baseline.restore() == []
    bench.faults.site.gateway_update().end()
    assert bench.envoy.info.read().firmware == TRUTH.gateway.firmware


def test_an_update_that_never_came_says_how_it_is_ended(bench: Rig) -> None:
    shell = bench.gateway_shell
    assert shell is not None
    shell.line_carried_out(f"echo {TRUTH.gateway.other_firmware} > {MARK}")
    with pytest.raises(RigError, match=f"remove {MARK} and try again"):
        bench.faults.site.gateway_update()
    shell.carried_out("rm", MARK)
    bench.faults.site.gateway_update().end()


def test_a_command_of_the_rig_file_that_fails_is_the_benchs(bench: Rig) -> None:
    shell = bench.gateway_shell
    assert shell is not None
    update = GatewayUpdate(
        shell=shell,
        envoy=bench.envoy,
        other=Firmware.parse("8.2.4999"),
        expected=TRUTH.gateway.firmware,
        install_line="/usr/sbin/update_firmware /var/opt/images/envoy-8.2.4999.img",
        put_back_line="true",
        within_s=600,
    )
    with pytest.raises(RigError, match=r"puts in 8\.2\.4999: suspect the command, or an image"):
        update.install()
    assert not shell.has(MARK)
    assert not update.is_in


def test_a_battery_out_of_reach_is_not_heard(bench: Rig) -> None:
    encharge, attenuator = bench.encharges[0], bench.attenuator
    assert attenuator is not None
    with bench.faults.site.out_of_reach(encharge):
        assert attenuator.attenuation_db(FIRST) == 95
        bench.clock.sleep(150)
        assert not bench.envoy.ensemble.inventory().device(FIRST).communicating
        encharge.reset_network()
        bench.waiting.until(
            encharge.association,
            lambda code: code == AssociationCode.NO_PAN,
            what="it hears nobody",
            within_s=60,
        )
    assert attenuator.attenuation_db(FIRST) == 0


def test_a_corrupted_key_keeps_a_battery_out_until_it_is_mended(bench: Rig) -> None:
    encharge = bench.encharges[0]

    def state() -> PairingState | str | None:
        return bench.envoy.zigbee.pairing_status().states.get(FIRST)

    with bench.faults.site.key_corrupted(encharge):
        bench.waiting.until(
            state, lambda seen: seen == PairingState.KEY_FAIL, what="named for it", within_s=60
        )
        with pytest.raises(NotInTime):
            bench.waiting.until(
                state, lambda seen: seen in PAIRED, what="paired all the same", within_s=120
            )
    assert state() in PAIRED
    assert bench.envoy.zigbee.is_sealed()


def test_rapid_shutdown_takes_the_sun_off_and_is_put_back_with_the_rig(bench: Rig) -> None:
    def ders() -> tuple[int, int]:
        relay = bench.envoy.ensemble.relay()
        return relay.der1_state, relay.der2_state

    before = ders()
    bench.faults.site.rapid_shutdown()
    bench.clock.sleep(3)
    meters = bench.envoy.livedata.status().meters
    assert (ders(), meters.pv.agg_p_mw, meters.storage.agg_p_mw) == ((0, 0), 0, 0)
    assert meters.main_relay_state == 1
    put_back = [str(each) for each in bench.baseline.restore()]
    assert "rapid shutdown: on instead of off" in put_back
    bench.clock.sleep(3)
    assert ders() == before


@pytest.mark.parametrize("by_s", [-7200, 600])
def test_the_clock_of_the_gateway_is_stepped_and_right_again_at_the_end(
    bench: Rig, by_s: float
) -> None:
    def off_s() -> float:
        return bench.envoy.info.read().time - started - (bench.clock.now() - started_s)

    started, started_s = bench.envoy.info.read().time, bench.clock.now()
    fault = bench.faults.site.clock_steps(by_s)
    assert off_s() == pytest.approx(by_s, abs=3)
    bench.clock.sleep(60)
    fault.end()
    assert off_s() == pytest.approx(0, abs=3)


def test_a_clock_that_a_time_server_has_corrected_is_left_alone(bench: Rig) -> None:
    shell = bench.gateway_shell
    assert shell is not None
    fault = bench.faults.site.clock_steps(600)
    bench.clock.sleep(1200)
    mark = bench.timeline.mark()
    fault.end()
    said = [event.text for event in bench.timeline.since(mark)]
    assert not any("date -u -s" in text for text in said), said
    assert bench.baseline.differences() == []


def test_a_lost_meter_is_disabled_and_measures_again(bench: Rig) -> None:
    def is_enabled() -> bool:
        return bench.envoy.meters.read().by_type["net-consumption"].is_enabled

    with bench.faults.site.meter_lost():
        assert not is_enabled()
    assert is_enabled()
    bench.faults.site.meter_lost("production")
    put_back = [str(each) for each in bench.baseline.restore()]
    assert any(each.startswith("meters: ") for each in put_back)
    with pytest.raises(RigError, match="no meter measures moonlight"):
        bench.faults.site.meter_lost("moonlight")


def test_the_attenuator_refuses_what_it_has_not_got(bench: Rig) -> None:
    assert bench.attenuator is not None
    with pytest.raises(EquipmentRefused, match="'2' to ':CHAN:2:SETATT:120'"):
        bench.attenuator.set(FIRST, 120)
    assert bench.attenuator.attenuation_db(FIRST) == 0


def test_what_was_left_out_of_reach_is_put_back(bench: Rig) -> None:
    bench.faults.site.out_of_reach(bench.encharges[1])
    put_back = [str(each) for each in bench.baseline.restore()]
    assert f"encharge {TRUTH.encharges[1].serial_number}: attenuation: 95 dB instead of 0 dB" in (
        put_back
    )


def test_a_rig_without_an_actor_says_which_it_lacks(tmp_path: Path) -> None:
    def without_instruments(rig: dict[str, Any]) -> None:
        del rig["instruments"]

    with desk(tmp_path), opened(tmp_path, without_instruments) as rig:
        assert not rig.description.capabilities & {
            Capability.GRID_SOURCE,
            Capability.POWER_SWITCH,
            Capability.GATEWAY_POWER,
            Capability.RAPID_SHUTDOWN,
            Capability.RADIO_ATTENUATOR,
        }
        site, encharge = rig.faults.site, rig.encharges[0]
        for ask, lacks in (
            (site.outage, "grid_source"),
            (site.gateway_reboot, "gateway_power"),
            (site.rapid_shutdown, "rapid_shutdown"),
            (lambda: site.power_cut(encharge), "power_switch"),
            (lambda: site.out_of_reach(encharge), "radio_attenuator"),
        ):
            with pytest.raises(RigError, match=f"cannot do: {lacks}"):
                ask()
        with rig.faults.gateway.fails(503):
            assert not rig.envoy.answers()
