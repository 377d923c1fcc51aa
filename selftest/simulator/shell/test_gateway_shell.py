"""The simulated gateway's shell, as one site sees it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from hil.simulator.shell.gateway_shell import GatewayShell
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site

T = TypeVar("T")
TRUTH = load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml")
FLAG = "/var/run/wifi/EnvoyAP"


class AtOnce:
    """A site whose time is moved by what is done on it."""

    def __init__(self) -> None:
        self.site = build_site(TRUTH)

    def act(self, duration_s: Callable[[Site], float], action: Callable[[Site], T]) -> T:
        self.site.world.advance(self.site.world.now_s + duration_s(self.site))
        return action(self.site)


@pytest.fixture
def on_site() -> AtOnce:
    return AtOnce()


@pytest.fixture
def shell(on_site: AtOnce) -> GatewayShell:
    return GatewayShell(on_site, web_port=1)


@pytest.mark.parametrize(
    ("line", "status", "out", "err"),
    [
        ("true; false", 1, b"", ""),
        ("false && echo no || echo 'a  b'", 0, b"a  b\n", ""),
        (
            "ls /var/opt/images",
            0,
            b"envoy-8.2.127.img\nenvoy-8.2.4264.img\n",
            "",
        ),
        (
            "/usr/sbin/update_firmware /var/opt/images/envoy-9.0.img",
            1,
            b"",
            "Usage: /usr/sbin/update_firmware /var/opt/images/envoy-VERSION.img\n",
        ),
        ("frob --now", 127, b"", "-sh: frob: not found\n"),
        ("cat /nope 2>/dev/null; echo $? '$?'", 0, b"1 $?\n", ""),
        (
            "(echo a; cat /nope; false) >/tmp/o 2>&1; echo $?; cat /tmp/o",
            0,
            b"1\na\ncat: can't open '/nope': No such file or directory\n",
            "",
        ),
        (r"printf 'a\012\045' >/tmp/a; printf '%%b' >>/tmp/a; cat /tmp/a", 0, b"a\n%%b", ""),
        ("md5sum /tmp/none", 1, b"", "md5sum: can't open '/tmp/none': No such file or directory\n"),
        ("echo x >/etc/x", 1, b"", "-sh: can't create /etc/x: Read-only file system\n"),
        ("(echo x", 2, b"", "-sh: syntax error: unexpected end of line, ) is missing\n"),
        ("cat /nope 2>&1", 1, b"cat: can't open '/nope': No such file or directory\n", ""),
        ("ls /var/opt/agf", 0, b"zigbee_agent_cfg.json\n", ""),
        ("[ -f /etc/emu_versions.txt ]", 0, b"", ""),
        (
            "cat /etc/emu_versions.txt | head",
            2,
            b"",
            "-sh: | is not known to the simulated shell\n",
        ),
        ("echo $(true)", 2, b"", "-sh: $( is not known to the simulated shell\n"),
        ("echo 'no end", 2, b"", "-sh: No closing quotation\n"),
        ("curl http://localhost/info", 52, b"", "curl: (52) Empty reply from server\n"),
        ("curl https://localhost/", 7, b"", "curl: (7) Failed to connect to localhost\n"),
        (
            "curl --nonsense x",
            2,
            b"",
            "curl: option --nonsense: is unknown to the simulated curl\n",
        ),
    ],
)
def test_a_line(shell: GatewayShell, line: str, status: int, out: bytes, err: str) -> None:
    ended = shell.run(line)
    assert (ended.status, ended.out, ended.err) == (status, out, err)


def test_the_script_moves_the_flag_and_takes_its_time(shell: GatewayShell, on_site: AtOnce) -> None:
    assert shell.run(f"test -e {FLAG}").status == 1
    began_s = on_site.site.world.now_s
    assert shell.run("/etc/init.d/wireless startAP").status == 0
    assert on_site.site.world.now_s > began_s + 1
    assert shell.run(f"test -e {FLAG}").status == 0
    assert shell.run("/etc/init.d/wireless stopAP").status == 0
    assert shell.run(f"test -e {FLAG}").status == 1


def test_the_script_names_its_words(shell: GatewayShell) -> None:
    ended = shell.run("/etc/init.d/wireless dance")
    assert (ended.status, ended.out) == (
        1,
        b"Usage: /etc/init.d/wireless {start|stop|startAP|stopAP|test|restart|forget|load|unload}\n",
    )


def test_without_a_driver_there_is_no_access_point(shell: GatewayShell) -> None:
    shell.run("/etc/init.d/wireless unload")
    ended = shell.run("/etc/init.d/wireless startAP")
    assert (ended.status, ended.err) == (1, "wireless: no wireless device\n")


def test_a_restart_of_the_gateway_ends_it(shell: GatewayShell, on_site: AtOnce) -> None:
    shell.run("/etc/init.d/wireless startAP")
    on_site.site.gateway.power_off()
    on_site.site.gateway.power_on()
    on_site.site.world.advance(on_site.site.world.now_s + 600)
    assert shell.run(f"test -e {FLAG}").status == 1


def test_date_tells_the_gateways_clock_and_sets_it(shell: GatewayShell, on_site: AtOnce) -> None:
    unix = int(shell.run("date +%s").out)
    assert unix == int(on_site.site.gateway.clock.unix_time)
    told = shell.run("date '+%s %u %H %M'").out.decode().split()
    assert told[1:] == time.strftime("%u %H %M", time.gmtime(int(told[0]))).split()
    assert shell.run(f"date -u -s @{unix + 600}").status == 0
    assert 595 < on_site.site.gateway.clock.off_s <= 600
    assert shell.run("date --whatever").status == 1
