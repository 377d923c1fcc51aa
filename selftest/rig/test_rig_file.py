"""What a rig file that is right gives."""

import re
from pathlib import Path

import pytest

from hil.rig.envoy_entry import EnvoyEntry
from hil.rig.loading import load_rig
from hil.rig.rig_file import (
    RigFile,
    SimulatedRigFile,
    SimulatorClockEntry,
    WallClockEntry,
)
from hil.rig.rig_folder import rig_folder
from hil.simulator.site_file import load_site
from hil.transports.recorder import RecordingRules
from hil.vocabulary.capabilities import Capability
from hil.vocabulary.devices import DeviceType
from selftest.schema_keys import keys_of

RIGS = Path(__file__).parents[2] / "rigs"

# As a simulator writes it for itself.
WRITTEN_BY_A_SIMULATOR = """\
name: split-phase-4711
description: 'simulated: two batteries'
envoy: {url: 'http://127.0.0.1:40123', serial_number: '122000000001', auth: none}
enpower:
  serial_number: '122000000017'
  console: {port: /dev/pts/5, baud: 115200}
  zigbee_mac: 0013A2004170BE17
  link_key: {file: split-phase.keys/122000000017}
encharges:
- serial_number: '122000000131'
  console: {port: /dev/pts/6}
  zigbee_mac: 0013a20041d00131
  link_key: {file: split-phase.keys/122000000131}
  phase: 1
  der_index: 2
inverters:
- {serial_number: '122000000501', eid: 1090519312}
expected:
  firmware: 8.2.127
  grid_profile: {name: IEEE 1547-2018 default, version: 1.2.3}
clock:
  simulator: {control: 'unix:/run/hil/control'}
"""


def bench(path: str | Path) -> RigFile:
    rig = load_rig(str(path), RIGS)
    assert isinstance(rig, RigFile)
    return rig


def test_the_default_rig_names_a_site_that_can_be_simulated() -> None:
    rig = load_rig("sim-split-phase", RIGS)

    assert isinstance(rig, SimulatedRigFile)
    assert load_site(rig.site).name == "split-phase"


def test_the_example_bench_is_understood_whole() -> None:
    rig = bench("bench-example")

    assert rig.path == RIGS / "bench-example.yaml"
    assert rig.folder == RIGS
    assert rig.envoy.certificate_sha256 is not None
    assert re.fullmatch(r"[0-9a-f]{64}", rig.envoy.certificate_sha256)
    assert [device.device_type for device in rig.devices] == [
        DeviceType.ENPOWER,
        DeviceType.ENCHARGE,
        DeviceType.ENCHARGE,
    ]
    assert rig.encharges[1].console.port == "rfc2217://192.0.2.20:4003"
    assert rig.encharges[1].console.baud == 115200
    assert rig.capabilities == {
        Capability.POWER_SWITCH,
        Capability.GATEWAY_POWER,
        Capability.GATEWAY_SHELL,
        Capability.GATEWAY_UPDATE,
        Capability.GATEWAY_WIRE,
        Capability.GRID_SOURCE,
        Capability.RADIO_ATTENUATOR,
        Capability.WEAK_RADIO,
        Capability.ENPOWER,
        Capability.TWO_BATTERIES,
        Capability.INVERTERS,
        Capability.LIST_DELETE,
        Capability.INVERTER_POWER,
        Capability.RAPID_SHUTDOWN,
        Capability.SECOND_GRID_PROFILE,
        Capability.DER_INDEX,
        Capability.TOKEN_ACCESS,
        Capability.WEAKER_TOKEN,
        Capability.ENDED_TOKEN,
        Capability.SPLIT_PHASE,
    }
    assert list(rig.secrets) == [
        "enpower.link_key",
        "encharges[0].link_key",
        "encharges[1].link_key",
        "envoy.auth.bearer",
        "envoy.other_tokens.weaker",
        "envoy.other_tokens.ended",
        "envoy.shell.ssh.password",
    ]


@pytest.mark.parametrize(
    ("firmware", "there"), [("7.6.175", False), ("8.0.9", False), ("8.1.41", True), ("8.3.1", True)]
)
def test_a_der_relay_has_an_index_from_firmware_8_1_on(
    tmp_path: Path, firmware: str, there: bool
) -> None:
    file = tmp_path / "written.yaml"
    file.write_text(WRITTEN_BY_A_SIMULATOR.replace("8.2.127", firmware), encoding="utf-8")

    assert (Capability.DER_INDEX in bench(file).capabilities) is there


def test_the_file_that_a_simulator_writes_is_opened_like_any_bench(tmp_path: Path) -> None:
    file = tmp_path / "written.yaml"
    file.write_text(WRITTEN_BY_A_SIMULATOR, encoding="utf-8")

    rig = bench(file)

    assert isinstance(rig.clock, SimulatorClockEntry)
    assert rig.clock.simulator.control == "unix:/run/hil/control"
    assert rig.envoy.auth.bearer is None
    assert rig.envoy.auth.digest is None
    assert rig.encharges[0].zigbee_mac == "0013A20041D00131"
    assert (rig.encharges[0].phase, rig.encharges[0].der_index) == (1, 2)
    assert not rig.capabilities & {Capability.POWER_SWITCH, Capability.GRID_SOURCE}
    assert rig.safe_within_s == 900
    assert rig.recording.rules == RecordingRules()


def test_a_bench_says_how_long_a_lost_console_is_looked_for_and_what_is_kept(
    tmp_path: Path,
) -> None:
    file = tmp_path / "written.yaml"
    file.write_text(
        WRITTEN_BY_A_SIMULATOR
        + "recording: {reopen_within_s: 600, log_megabytes: 8, logs_kept: 3}\n",
        encoding="utf-8",
    )
    assert bench(file).recording.rules == RecordingRules(
        reopen_within_s=600, log_bytes=8 << 20, logs_kept=3
    )


def test_a_paced_simulator_is_the_walls_time_and_faster(tmp_path: Path) -> None:
    file = tmp_path / "written.yaml"
    head = WRITTEN_BY_A_SIMULATOR.partition("clock:")[0]
    file.write_text(f"{head}clock: {{wall: {{speed: 10}}}}\n", encoding="utf-8")

    rig = bench(file)

    assert isinstance(rig.clock, WallClockEntry)
    assert rig.clock.wall.speed == 10


def test_without_a_clock_it_is_the_walls(tmp_path: Path) -> None:
    file = tmp_path / "written.yaml"
    file.write_text(WRITTEN_BY_A_SIMULATOR.partition("clock:")[0], encoding="utf-8")

    rig = bench(file)

    assert isinstance(rig.clock, WallClockEntry)
    assert rig.clock.wall.speed == 1


def test_a_mac_of_14_digits_is_taken_as_the_interface_page_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "written.yaml"
    file.write_text(
        WRITTEN_BY_A_SIMULATOR.replace("0013A2004170BE17", "13A2004170BE17"), encoding="utf-8"
    )

    assert bench(file).devices[0].zigbee_mac == "13A2004170BE17"


def test_nothing_in_it_can_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        bench("bench-example").envoy.url = "https://192.0.2.99"  # type: ignore[misc]


def test_the_example_shows_every_key() -> None:
    text = (RIGS / "bench-example.yaml").read_text(encoding="utf-8")

    missing = [name for name in keys_of(RigFile) if not re.search(rf"\b{name}:", text)]

    assert missing == []


def test_the_readme_explains_every_key_and_capability() -> None:
    text = (RIGS / "README.md").read_text(encoding="utf-8")
    words = {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", code)}

    missing = (keys_of(RigFile) | keys_of(SimulatedRigFile) | {*Capability}) - words

    assert missing == set()


def test_the_keys_that_the_completeness_tests_ask_for_reach_the_depths() -> None:
    assert set(EnvoyEntry.model_fields) | {"port", "eid", "control", "env"} <= keys_of(RigFile)


def test_one_bench_has_one_folder_whatever_its_files_call_it(tmp_path: Path) -> None:
    text = (RIGS / "bench-example.yaml").read_text("utf-8")
    for name in ("mine", "yours"):
        renamed = text.replace("name: bench-example", f"name: {name}")
        (tmp_path / f"{name}.yaml").write_text(renamed, "utf-8")

    mine, yours = (bench(tmp_path / f"{name}.yaml") for name in ("mine", "yours"))

    assert mine.name != yours.name
    assert rig_folder(mine, tmp_path) == rig_folder(yours, tmp_path)
