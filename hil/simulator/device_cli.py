"""The serial console of a device: what it takes, and what it says to it (docs/wires/device-cli.md).

Knows no line and no face: bytes come in by `receive`, and go out by the world's `say`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from hil.simulator.network import Network
from hil.simulator.site_file import EnchargeTruth, EnpowerTruth
from hil.simulator.world import World
from hil.simulator.zigbee_join import NodeState
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.zigbee import AssociationCode

LONGEST_COMMAND = 256
"""Bytes of a command line that are kept; what is typed beyond is not even echoed."""

OUT_OF_NETWORK = "FFFE"
"""The 16-bit address of a radio that has none. Source: Digi."""


class Host(Protocol):
    """The device behind the console."""

    world: World
    network: Network
    truth: EnpowerTruth | EnchargeTruth
    app_firmware: str
    state: NodeState
    association: AssociationCode
    dj: int
    verbose: bool
    tells_its_key: bool
    node_id: str | None
    join_retries: int

    @property
    def in_network(self) -> bool: ...
    @property
    def operational(self) -> bool: ...
    @property
    def radio_busy(self) -> bool: ...
    @property
    def running(self) -> bool: ...
    def leave(self) -> None: ...
    def set_dj(self, dj: int) -> None: ...
    def restart_radio(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command says, how long that takes, and what it does when all is said."""

    lines: tuple[str, ...]
    after_s: float = 0.0
    then: str | None = None


class Cli:
    """One console. Takes one command at a time; what is typed meanwhile waits its turn."""

    def __init__(self, host: Host, world: World) -> None:
        self._host, self._world = host, world
        self._console = host.truth.serial_number
        self._actor = f"{self._console} console"
        self._typed = bytearray()
        self._ended_with_cr = False
        self._waiting: list[str] = []
        self._timer: int | None = None
        world.add(self._actor, self)

    def receive(self, data: bytes) -> None:
        """Echo what is typed, at once, and take each command that is complete.

        A device without power, or whose firmware is not up yet, hears nothing.
        """
        if not self._host.running:
            return
        echo = bytearray()
        for byte in data:
            is_line_feed_of_crlf = byte == 0x0A and self._ended_with_cr
            self._ended_with_cr = byte == 0x0D
            if is_line_feed_of_crlf:
                continue
            if byte in b"\r\n":
                echo += b"\r\n"
                self._waiting.append(self._typed.decode("ascii"))
                self._typed.clear()
            elif byte in b"\b\x7f":
                if self._typed:
                    self._typed.pop()
                    echo += b"\b \b"
            elif 0x20 <= byte < 0x7F and len(self._typed) < LONGEST_COMMAND:
                self._typed.append(byte)
                echo.append(byte)
        if echo and self._world.assumptions.cli.echo:
            self._world.say(self._console, bytes(echo))
        if self._timer is None:
            self._take_next()

    def say(self, text: str) -> None:
        """Print something that nobody asked for."""
        self._world.say(self._console, text.encode("ascii"))

    def greet(self) -> None:
        """Print what stands on the console once the firmware is up."""
        truth = self._host.truth
        self.say(f"{truth.part_number} {self._host.app_firmware}\r\n{self._prompt}")

    def reset(self) -> None:
        """Power is gone: nothing typed is remembered, nothing more is said."""
        self._world.cancel(self._timer)
        self._timer = None
        self._typed.clear()
        self._waiting.clear()
        self._ended_with_cr = False

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """The command's time has come, or that of the next line of its reply."""
        match event:
            case "run":
                reply = answer(self._host, str(payload["command"]))
                self._say_next(reply.lines, delay_s=reply.after_s, then=reply.then)
            case "line":
                lines = payload["lines"]
                then = payload["then"]
                assert isinstance(lines, tuple)
                assert then is None or isinstance(then, str)
                self._say_line(lines, then)
            case _:
                raise ValueError(f"the console of {self._console} knows no event {event!r}")

    @property
    def _prompt(self) -> str:
        cli = self._world.assumptions.cli
        is_switch = self._host.truth.device_type is DeviceType.ENPOWER
        return cli.prompt_enpower if is_switch else cli.prompt_encharge

    def _take_next(self) -> None:
        self._timer = None
        if self._waiting:
            command = self._waiting.pop(0)
            reply_s = self._world.assumptions.cli.reply_s
            self._timer = self._world.after(reply_s, self._actor, "run", command=command)

    def _say_next(self, lines: tuple[str, ...], *, delay_s: float, then: str | None) -> None:
        if delay_s > 0:
            self._timer = self._world.after(delay_s, self._actor, "line", lines=lines, then=then)
        else:
            self._say_line(lines, then)

    def _say_line(self, lines: tuple[str, ...], then: str | None) -> None:
        """Print the first of `lines`; the rest follow one by one, log lines perhaps in between."""
        if len(lines) > 1:
            self.say(f"{lines[0]}\r\n")
            reply_s = self._world.assumptions.cli.reply_s
            self._say_next(lines[1:], delay_s=reply_s, then=then)
            return
        end = f"{lines[0]}\r\n" if lines else ""
        self.say(f"{end}{self._prompt}")
        if then is not None:
            AFTERWARDS[then](self._host)
        self._take_next()


def answer(host: Host, typed: str) -> Reply:
    """What the device answers to a command line."""
    command = " ".join(typed.split())
    if not command:
        return Reply(())
    cli = host.world.assumptions.cli
    for pattern, act in COMMANDS.items():
        if match := re.fullmatch(pattern, command):
            reply = act(host, *match.groups())
            lines = [re.sub(r"(^|.* )OK$", rf"\1{cli.done}", line) for line in reply.lines]
            return replace(reply, lines=tuple(lines))
    return Reply((cli.unknown_command.replace("{word}", command.split()[0]),))


def _devinfo(host: Host) -> Reply:
    truth, app_firmware = host.truth, host.app_firmware
    if host.world.has_defect("devinfo-of-the-last-release"):
        app_firmware = app_firmware[:-1] + "0"
    mac = truth.mac
    if host.world.has_defect("devinfo-of-another-radio"):
        mac = f"{mac[:-1]}{int(mac[-1], 16) ^ 1:X}"
    return Reply(
        (
            f"sn: {truth.serial_number}",
            f"type: {truth.device_type.value}",
            f"part: {truth.part_number}",
            f"app_fw: {app_firmware}",
            f"zb_fw: {truth.radio_firmware}",
            f"zb_bl: {truth.radio_bootloader}",
            f"mac: {mac}",
            "OK",
        )
    )


def _verbose(host: Host, setting: str) -> Reply:
    host.verbose = setting == "on"
    return Reply((f"verbose {setting}", "OK"))


def _reset_network(host: Host, *, done: str = "OK") -> Reply:
    luck = host.world.chance(host.truth.serial_number, "znr busy")
    restarting = host.state is NodeState.RADIO_RESTART
    if restarting or luck < host.world.assumptions.cli.znr_busy_prob:
        return Reply(("ERR 2 radio busy",))
    return Reply((done,), then="leave")


def _at_reset_network(host: Host) -> Reply:
    return _reset_network(host, done="AT NR OK")


def _at_reset_every_network(host: Host) -> Reply:
    return Reply(("ERR 7 not permitted",))


def _at_set_joining(host: Host, dj: str) -> Reply:
    if host.radio_busy:
        return Reply(("AT DJ: no response",), after_s=host.world.assumptions.cli.at_timeout_s)
    host.set_dj(int(dj))
    return Reply((f"AT DJ={dj} OK",))


def _at_restart_radio(host: Host) -> Reply:
    return Reply(("AT FR OK",), then="restart radio")


MISREAD: Mapping[str, tuple[AssociationCode, AssociationCode]] = {
    "searching-reads-joined": (AssociationCode.SEARCHING, AssociationCode.JOINED),
    "forbidden-join-reads-joined": (AssociationCode.UNEXPECTED_STATE, AssociationCode.JOINED),
    "refused-key-reads-no-network": (AssociationCode.WRONG_LINK_KEY, AssociationCode.NO_PAN),
    "stranger-reads-closed-window": (
        AssociationCode.NETWORK_KEY_NOT_RECEIVED,
        AssociationCode.JOIN_NOT_ALLOWED,
    ),
}
"""By defect: the code that is meant, the code that is said."""


def _association(host: Host) -> AssociationCode:
    for defect, (meant, said) in MISREAD.items():
        if host.association == meant and host.world.has_defect(defect):
            return said
    return host.association


def _radio_firmware(host: Host) -> str:
    said = host.truth.radio_firmware
    if host.world.has_defect("radio-names-another-firmware"):
        said = f"{int(said, 16) ^ 1:X}"
    return said


def _at_query(host: Host, name: str) -> Reply:
    network, joined = host.network, host.in_network
    channel = network.channel + host.world.has_defect("channel-of-another-network")
    halves = host.truth.mac[:8], host.truth.mac[8:]
    if host.world.has_defect("address-halves-swapped"):
        halves = halves[1], halves[0]
    node_id = host.node_id if joined and host.node_id else OUT_OF_NETWORK
    if host.world.has_defect("address-in-the-network-unsaid"):
        node_id = OUT_OF_NETWORK
    extended_pan_id = network.extended_pan_id
    if host.world.has_defect("short-network-id"):
        extended_pan_id = network.pan_id
    values = {
        "AI": f"{_association(host):X}",
        "CH": f"{channel:X}" if joined else "0",
        "DJ": f"{host.dj:X}",
        "MY": node_id,
        "NJ": "FE",
        "OP": extended_pan_id if joined else "0",
        "SH": halves[0],
        "SL": halves[1],
        "VR": _radio_firmware(host),
    }
    return Reply((f"AT {name} {values[name]}", "OK"))


def _at_unknown(host: Host, name: str) -> Reply:
    return Reply(("ERR 3 unknown AT command",))


def _get_key(host: Host) -> Reply:
    key = host.truth.link_key if host.tells_its_key else "none"
    return Reply((f"link_key: {key}", "OK"))


def _pairing_status(host: Host) -> Reply:
    if host.operational and not host.world.has_defect("pairing-unsaid-by-the-device"):
        pairing = "commissioned" if host.network.sealed else "paired"
    elif host.in_network:
        pairing = "joined"
    elif host.radio_busy or host.state is NodeState.RESUMING:
        pairing = "joining"
    else:
        pairing = "key-set"
    waiting = host.world.assumptions.cli.waiting_to_join
    has_parent = host.in_network and not host.world.has_defect("parent-unsaid")
    return Reply(
        (
            f"pairing: {pairing}",
            f"zb: {'JOINED' if host.in_network else waiting}",
            f"parent: {'0000' if has_parent else OUT_OF_NETWORK}",
            f"retries: {host.join_retries}",
            "OK",
        )
    )


COMMANDS: Mapping[str, Callable[..., Reply]] = {
    r"devinfo": _devinfo,
    r"zb verbose (on|off)": _verbose,
    r"znr": _reset_network,
    r"zb at DJ ([01])": _at_set_joining,
    r"zb at NR(?: 0)?": _at_reset_network,
    r"zb at NR 1": _at_reset_every_network,
    r"zb at FR": _at_restart_radio,
    r"zb at (AI|CH|DJ|MY|NJ|OP|SH|SL|VR)": _at_query,
    r"zb at (.+)": _at_unknown,
    r"pair get_key": _get_key,
    r"psts": _pairing_status,
}
"""Commands by the pattern of their whole line, blanks counted once; the first that fits is it."""

AFTERWARDS: Mapping[str, Callable[[Host], None]] = {
    "leave": lambda host: host.leave(),
    "restart radio": lambda host: host.restart_radio(),
}
"""What a command does only after its reply is out."""
