"""A scripted device that leaves and joins a network, as roughly as the recipes need it.

Its times are made up, its mischief is chosen by the test. Not the simulator's node.
"""

from dataclasses import dataclass

from selftest.consoles.scripted_device import ScriptedDevice

KEY = "9A4C62E8F15B07D3A6287E9CB1F04D35"
LEAVE_S, PAUSE_S, JOIN_EVERY_S, SCAN_S = 2.0, 1.0, 5.0, 2.4


@dataclass
class Mischief:
    """What goes wrong; counts are used up."""

    busy_resets: int = 0
    """`znr` is refused this often."""
    deaf_to_dj: int = 0
    """`zb at DJ 1` is not heard this often."""
    races: int = 0
    """An association that is under way at DJ 1 succeeds this often."""
    says_it_left: bool = True
    chatters: bool = False
    """Logs something every 4 s, whatever it is asked."""
    stuck_after_dj: int = 0
    """At DJ 0 it stays at AI FF until its radio is restarted, this often."""
    reset_frees: bool = True
    dj_after_reset: int = 0
    ai_when_out: str = "FF"
    never_joins: bool = False


class ScriptedNode(ScriptedDevice):
    """An Encharge whose radio can be made to leave, and to be awkward about it."""

    def __init__(
        self,
        mischief: Mischief | None = None,
        *,
        serial_number: str = "122000000131",
        device_type: int = 13,
    ) -> None:
        super().__init__()
        self.mischief = Mischief() if mischief is None else mischief
        self.serial_number, self.device_type = serial_number, device_type
        self.joined, self.dj, self.verbose, self.stuck = True, 0, False, False
        self.key: str | None = KEY
        self._epoch = 0
        self.answer = self._answer
        if self.mischief.chatters:
            self._chatter()

    def log(self, text: str) -> None:
        if self.verbose:
            self.say(f"[{self.now_s:.3f}] ZB: {text}\r\n")

    def _answer(self, command: str) -> str | None:
        said = self._reply(command)
        return None if said is None else f"{said}\r\n{self.prompt}".replace("\n", "\r\n")

    def _reply(self, command: str) -> str | None:
        match command:
            case "devinfo":
                return (
                    f"sn: {self.serial_number}\ntype: {self.device_type}\npart: 830-00703-r67\n"
                    "app_fw: 2.0.5663_rel/22.13\nzb_fw: 100D\nzb_bl: 1.8.1\n"
                    "mac: 0013A20041D00131\nOK"
                )
            case "zb verbose on" | "zb verbose off":
                self.verbose = command.endswith("on")
                return f"{command.removeprefix('zb ')}\nOK"
            case "znr":
                return self._reset()
            case "zb at DJ 1" | "zb at DJ 0":
                return self._set_dj(int(command[-1]))
            case "zb at DJ":
                return f"AT DJ {self.dj}\nOK"
            case "zb at AI":
                return f"AT AI {'0' if self.joined else self.mischief.ai_when_out}\nOK"
            case "zb at FR":
                return self._restart()
            case "pair get_key":
                return f"link_key: {self.key or 'none'}\nOK"
            case "psts":
                zb = "JOINED" if self.joined else "WAITING TO JOIN"
                return f"pairing: joining\nzb: {zb}\nparent: FFFE\nretries: 3\nOK"
        return f"unknown command: {command.split()[0]}"

    def _reset(self) -> str:
        if self.mischief.busy_resets:
            self.mischief.busy_resets -= 1
            return "ERR 2 radio busy"
        self._epoch += 1
        self.later(LEAVE_S, self._left)
        return "OK"

    def _left(self) -> None:
        self.joined = False
        self.log("Stack Status: leaving 91")
        if self.mischief.says_it_left:
            self.log("STATE -> WAITING TO JOIN")
        if self.mischief.races:
            self.mischief.races -= 1
            self._associate(self._epoch)  # under way: DJ comes too late for it
        else:
            epoch = self._epoch
            self.later(PAUSE_S, lambda: self._tick(epoch))

    def _tick(self, epoch: int) -> None:
        if epoch != self._epoch or self.joined:
            return
        if self.dj == 0 and not self.stuck:
            self.log("Scanning: 00007FFF")
            if not self.mischief.never_joins:
                self.later(SCAN_S, lambda: self._associate(epoch))
                return
        self.later(JOIN_EVERY_S, lambda: self._tick(epoch))

    def _associate(self, epoch: int) -> None:
        if epoch == self._epoch:
            self.log("Joining: 14 08 1A2B")
            self.later(0.6, lambda: self._join(epoch))

    def _join(self, epoch: int) -> None:
        if epoch == self._epoch:
            self.joined = True
            self.log("Joined")

    def _set_dj(self, value: int) -> str:
        if value == 1 and self.mischief.deaf_to_dj:
            self.mischief.deaf_to_dj -= 1
            return "AT DJ: no response"
        if self.dj == 1 and value == 0 and self.mischief.stuck_after_dj:
            self.mischief.stuck_after_dj -= 1
            self.stuck = True
        self.dj = value
        return f"AT DJ={value} OK"

    def _restart(self) -> str:
        self.dj = self.mischief.dj_after_reset
        self.stuck = self.stuck and not self.mischief.reset_frees
        return "AT FR OK"

    def _chatter(self) -> None:
        self.log("HELLO sent")
        self.later(4.0, self._chatter)
