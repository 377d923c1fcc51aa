"""What a rig file that is wrong is answered with: the whole message, since it is the promise."""

import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

from hil.errors import RigFileError
from hil.rig.loading import load_rig

GOOD = """\
name: bench-07
envoy:
  url: https://192.0.2.10
  serial_number: "122000000001"
  auth: {bearer: {env: TOKEN}}
  certificate_sha256: "%s"
enpower:
  serial_number: "122000000017"
  console: {port: /dev/ttyUSB0, baud: 115200}
  zigbee_mac: 0013A2004170BE17
  link_key: {env: ENPOWER_KEY}
encharges:
  - serial_number: "122000000131"
    console:
      port: /dev/ttyUSB1
    zigbee_mac: 0013A20041D00131
    link_key: {file: keys/131}
    phase: 1
inverters:
  - {serial_number: "122000000501", eid: 1090519312}
expected:
  firmware: "8.2.127"
  grid_profile: {name: IEEE 1547-2018 default, version: "1.2.3"}
instruments: {ac_source: {address: "192.0.2.31:5025", nominal_v: 120.0, nominal_hz: 60.0}}
clock:
  wall: {speed: 1}
""" % ("5e" * 32)

NO_LITERALS = (
    "a secret does not stand in a rig file, which is shared and kept for good; "
    "write {env: NAME} or {file: PATH}, a path from this file's folder"
)
WAYS_IN = "none, {bearer: …} or {digest: …}"
NO_ADDRESS = (
    "this is no address of a gateway; write https://HOST or http://HOST, "
    "with :PORT behind it where it is not the usual one"
)
PORTS = "write /dev/serial/by-id/NAME, /dev/NAME, rfc2217://HOST:PORT or socket://HOST:PORT"


@dataclass(frozen=True)
class Slip:
    """Somebody wrote `wrong` where `right` stands in the good file, and is told `told`."""

    right: str
    wrong: str
    told: str


SLIPS = {
    "misspelled at depth": Slip(
        "      port:",
        "      prot:",
        ":15: encharges[0].console: unknown key 'prot'; did you mean 'port'?",
    ),
    "misspelled in a flow": Slip(
        "baud:",
        "speed:",
        ":9: enpower.console: unknown key 'speed'; there are: port, baud, reopen_within_s",
    ),
    "misspelled at the top": Slip(
        "instruments:",
        "instrument:",
        ":24: unknown key 'instrument'; did you mean 'instruments'?",
    ),
    "misspelled in one of two clocks": Slip(
        "wall: {speed: 1}",
        "simulatr: {control: unix:/a}",
        ":26: clock: unknown key 'simulatr'; did you mean 'simulator'?",
    ),
    "misspelled way of logging in": Slip(
        "{bearer:", "{beerer:", ":5: envoy.auth: unknown key 'beerer'; did you mean 'bearer'?"
    ),
    "missing": Slip(
        "  link_key: {env: ENPOWER_KEY}\n", "", ":7: enpower: the key 'link_key' is missing"
    ),
    "missing at the top": Slip("name: bench-07\n", "", ": the key 'name' is missing"),
    "without value": Slip(
        "port: /dev/ttyUSB1", "port:", ":15: encharges[0].console.port: text is wanted, not nothing"
    ),
    "serial number without quotes": Slip(
        '"122000000017"',
        "122000000017",
        ":8: enpower.serial_number: text is wanted, not the number 122000000017; put it in quotes",
    ),
    "serial number too short": Slip(
        '"122000000017"',
        '"12200000017"',
        ":8: enpower.serial_number: '12200000017' is no serial number; twelve digits are wanted",
    ),
    "serial number of another device": Slip(
        '"122000000131"',
        '"122000000017"',
        ":13: encharges[0].serial_number: '122000000017' is that of enpower already",
    ),
    "serial number of the gateway": Slip(
        '"122000000501"',
        '"122000000001"',
        ":20: inverters[0].serial_number: '122000000001' is that of envoy already",
    ),
    "port of another device": Slip(
        "/dev/ttyUSB1",
        "/dev/ttyUSB0",
        ":15: encharges[0].console.port: '/dev/ttyUSB0' is that of enpower already",
    ),
    "MAC of another device": Slip(
        "0013A20041D00131",
        "0013a2004170be17",
        ":16: encharges[0].zigbee_mac: '0013A2004170BE17' is that of enpower already",
    ),
    "MAC with colons": Slip(
        "0013A20041D00131",
        "0013:A200:41D0:0131",
        ":16: encharges[0].zigbee_mac: '0013:A200:41D0:0131' is no Zigbee MAC; "
        "16 hexadecimal digits without separators are wanted",
    ),
    "no serial port": Slip(
        "/dev/ttyUSB1", "COM3", f":15: encharges[0].console.port: 'COM3' is no serial port; {PORTS}"
    ),
    "serial port over TCP without its number": Slip(
        "/dev/ttyUSB1",
        "rfc2217://192.0.2.20",
        f":15: encharges[0].console.port: 'rfc2217://192.0.2.20' is no serial port; {PORTS}",
    ),
    "an update of a gateway that has no shell": Slip(
        "instruments:",
        'gateway_update: {firmware: "8.2.4264", install: a, put_back: b}\ninstruments:',
        ":24: gateway_update: that needs envoy.shell, where its commands are run",
    ),
    "an update to what is expected": Slip(
        "instruments:",
        "gateway_update: {firmware: D8.2.127, install: a, put_back: b}\ninstruments:",
        ":24: gateway_update.firmware: that is the expected one",
    ),
    "no baud rate": Slip(
        "115200", "fast", ":9: enpower.console.baud: a whole number is wanted, not 'fast'"
    ),
    "a word where YAML sees a truth": Slip(
        "115200",
        "yes",
        ":9: enpower.console.baud: a whole number is wanted, not the word true "
        "(yes, no, on and off are the same)",
    ),
    "no such phase": Slip(
        "phase: 1", "phase: 4", ":18: encharges[0].phase: the number 4 is not 1, 2 or 3"
    ),
    "phase in quotes": Slip(
        "phase: 1",
        'phase: "1"',
        ":18: encharges[0].phase: '1' is not 1, 2 or 3; a number stands without quotes",
    ),
    "an address without its port": Slip(
        "192.0.2.31:5025",
        "192.0.2.31",
        ":24: instruments.ac_source.address: '192.0.2.31' is no address; "
        "write HOST:PORT, such as 192.0.2.31:5025",
    ),
    "no mapping": Slip(
        '  grid_profile: {name: IEEE 1547-2018 default, version: "1.2.3"}',
        "  grid_profile: default",
        ":23: expected.grid_profile: a mapping (key: value) is wanted, not 'default'",
    ),
    "version without quotes": Slip(
        '"1.2.3"',
        "1.2",
        ":23: expected.grid_profile.version: text is wanted, not the number 1.2; put it in quotes",
    ),
    "no firmware version": Slip(
        "8.2.127",
        "latest",
        ":22: expected.firmware: 'latest' is no firmware version; expected something like D8.2.4286",
    ),
    "key literal": Slip(
        "{env: ENPOWER_KEY}",
        "5F1D27A3908E4BC6D2E07159A8347FCB",
        f":11: enpower.link_key: {NO_LITERALS}",
    ),
    "password literal": Slip(
        "{bearer: {env: TOKEN}}",
        "{digest: {user: installer, password: 12345678}}",
        f":5: envoy.auth.digest.password: {NO_LITERALS}",
    ),
    "key literal as the variable's name": Slip(
        "{env: ENPOWER_KEY}",
        "{env: CF1D27A3908E4BC6D2E07159A8347FCB}",
        ":11: enpower.link_key.env: this looks like the secret itself; "
        "write {env: NAME} or {file: PATH}, a path from this file's folder",
    ),
    "no variable's name": Slip(
        "{env: ENPOWER_KEY}",
        "{env: ENPOWER-KEY}",
        ":11: enpower.link_key.env: this is no name of an environment variable",
    ),
    "secret from two places": Slip(
        "{env: ENPOWER_KEY}",
        "{env: ENPOWER_KEY, file: keys/17}",
        ":11: enpower.link_key: write env or file, only one of them",
    ),
    "secret from nowhere": Slip(
        "{env: ENPOWER_KEY}", "{}", ":11: enpower.link_key: write env or file, nothing is here"
    ),
    "unknown way of logging in": Slip(
        "{bearer: {env: TOKEN}}",
        "open",
        f":5: envoy.auth: this is no way to log in; write {WAYS_IN}",
    ),
    "login left out": Slip(
        "{bearer: {env: TOKEN}}", "", f":5: envoy.auth: has no value; write {WAYS_IN}"
    ),
    "two ways of logging in": Slip(
        "{bearer: {env: TOKEN}}",
        "{bearer: {env: TOKEN}, digest: {user: installer, password: {env: PASSWORD}}}",
        ":5: envoy.auth: write bearer or digest, only one of them",
    ),
    "url with a path": Slip(
        "https://192.0.2.10",
        "https://192.0.2.10/home",
        ":3: envoy.url: only the gateway's address is wanted, without a path: https://192.0.2.10",
    ),
    "url with a password": Slip(
        "https://192.0.2.10",
        "https://installer:12345678@192.0.2.10",
        ":3: envoy.url: user and password do not belong in the url; write them under auth",
    ),
    "url without a scheme": Slip(
        "https://192.0.2.10", "192.0.2.10", f":3: envoy.url: {NO_ADDRESS}"
    ),
    "url with no such port": Slip(
        "https://192.0.2.10", "https://192.0.2.10:99999", f":3: envoy.url: {NO_ADDRESS}"
    ),
    "https without certificate": Slip(
        '  certificate_sha256: "%s"\n' % ("5e" * 32),
        "",
        ":2: envoy: https needs certificate_sha256: a gateway signs its certificate itself, so "
        "this one has to be known; get it on a line you trust with: openssl s_client -connect "
        "192.0.2.10:443 </dev/null | openssl x509 -noout -fingerprint -sha256",
    ),
    "certificate without https": Slip(
        "https://", "http://", ":3: envoy.url: http shows no certificate; the url must be https"
    ),
    "certificate too short": Slip(
        "5e" * 32,
        "5e:" * 20,
        ":6: envoy.certificate_sha256: 64 hexadecimal digits are wanted (colons may stand between), "
        "there are 40 characters",
    ),
    "nothing but a shell, and no shell": Slip(
        "https://192.0.2.10",
        "shell",
        ":3: envoy.url: that needs the shell: write envoy.shell too",
    ),
    "a shell with a password and a key": Slip(
        "enpower:\n",
        "  shell: {ssh: {address: h, user: root, password: {env: P}, key_file: k, "
        f"host_key: 'SHA256:{'A' * 43}'}}}}\nenpower:\n",
        ":7: envoy.shell.ssh: write password or key_file, one of them",
    ),
    "a host key that is none": Slip(
        "enpower:\n",
        "  shell: {ssh: {address: h, user: root, key_file: k, host_key: 'MD5:ab'}}\nenpower:\n",
        ":7: envoy.shell.ssh.host_key: the fingerprint of a host key is wanted, SHA256: and 43 "
        "characters; get it on a line you trust with: ssh-keyscan -t ed25519 HOST | ssh-keygen -lf -",
    ),
    "standing clock": Slip(
        "speed: 1", "speed: 0", ":26: clock.wall.speed: should be greater than 0, not the number 0"
    ),
    "two clocks": Slip(
        "wall: {speed: 1}",
        "{wall: {speed: 1}, simulator: {control: unix:/a}}",
        ":25: clock: write wall or simulator, only one of them",
    ),
    "no control socket": Slip(
        "wall: {speed: 1}",
        "simulator: {control: /run/control}",
        ":26: clock.simulator.control: the simulator's control socket is wanted: unix:/PATH",
    ),
    "name that is no folder": Slip(
        "bench-07",
        "lab/bench 7",
        ":1: name: 'lab/bench 7' cannot name folders and locks; use letters, digits, '.', '_' and '-'",
    ),
    "dialect of lists": Slip(
        "  zigbee_mac: 0013A2004170BE17",
        "  zigbee_mac: 0013A2004170BE17\n  dialect: {prompt: [a, b]}",
        ":11: enpower.dialect.prompt: one text, number or true/false is wanted",
    ),
    "dialect of one death line": Slip(
        "  zigbee_mac: 0013A2004170BE17",
        "  zigbee_mac: 0013A2004170BE17\n  dialect: {death_lines: KAPUTT}",
        ":11: enpower.dialect.death_lines: a list of texts is wanted",
    ),
    "dialect of what YAML takes for a truth": Slip(
        "  zigbee_mac: 0013A2004170BE17",
        "  zigbee_mac: 0013A2004170BE17\n  dialect: {on: a}",
        ":11: enpower.dialect: a key must be text, not the word true "
        "(yes, no, on and off are the same); put it in quotes",
    ),
    "no batteries": Slip(
        GOOD[GOOD.index("encharges:") : GOOD.index("inverters:")],
        "encharges: []\n",
        ":12: encharges: needs at least 1 entry, has 0",
    ),
    "key that stands twice": Slip(
        "    phase: 1\n",
        "    phase: 1\n    phase: 2\n",
        ":19: the key 'phase' stands twice, first in line 18; only one of them would count",
    ),
    "tab": Slip(
        "    zigbee_mac",
        "\tzigbee_mac",
        ":16: no YAML: a tab stands where only blanks may; indent with blanks",
    ),
    "bracket left open": Slip(
        "nominal_hz: 60.0}}",
        "nominal_hz: 60.0}",
        ":25: no YAML: while parsing a flow mapping, expected ',' or '}', but got '<scalar>'",
    ),
    "no such month": Slip("bench-07", "2026-13-01", ": no YAML: month must be in 1..12"),
}


def told(file: Path) -> str:
    with pytest.raises(RigFileError) as caught:
        load_rig(str(file), file.parent)
    return str(caught.value)


def test_the_file_that_the_slips_start_from_is_right(tmp_path: Path) -> None:
    (tmp_path / "bench-07.yaml").write_text(GOOD, encoding="utf-8")

    assert load_rig("bench-07", tmp_path).name == "bench-07"


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_wrong_file_is_answered_with_line_key_and_remedy(slip: Slip, tmp_path: Path) -> None:
    assert GOOD.count(slip.right) == 1
    file = tmp_path / "bench-07.yaml"
    file.write_text(GOOD.replace(slip.right, slip.wrong), encoding="utf-8")

    assert told(file) == f"{file}{slip.told}"


KEY = "C7308FD14B6EA25908F3B67D2CE9514A"


@pytest.mark.parametrize(
    "wrong",
    [
        KEY,
        f"{{env: {KEY}}}",
        f"{{value: {KEY}}}",
        f"{{env: [{KEY}]}}",
        f"[{KEY}",
        f'"{KEY}',
        f"{KEY}: {KEY}: {KEY}",
        f"{{env: ENPOWER_KEY}}\n  dialect: [{KEY}]",
        f"{{env: ENPOWER_KEY}}\n  phase: {KEY}",
        f"{{env: ENPOWER_KEY}}\n  dialect: {{a: [{KEY}]}}",
    ],
    ids=lambda wrong: wrong.replace(KEY, "KEY").replace("\n", " "),
)
def test_a_key_in_the_wrong_place_is_not_repeated_by_the_message_or_its_causes(
    wrong: str, tmp_path: Path
) -> None:
    file = tmp_path / "bench-07.yaml"
    file.write_text(GOOD.replace("{env: ENPOWER_KEY}", wrong), encoding="utf-8")

    with pytest.raises(RigFileError) as caught:
        load_rig(str(file), tmp_path)

    printed = "".join(traceback.format_exception(caught.value))
    assert [KEY[at : at + 8] for at in range(len(KEY) - 7) if KEY[at : at + 8] in printed] == []
