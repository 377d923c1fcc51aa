"""The gateway's own shell: commands, files, and its wireless network.

Paths and words: the interface page. What `/etc/emu_versions.txt` looks like is public nowhere.
"""

from dataclasses import dataclass

from hil.errors import (
    CommandRefused,
    CommandUnknown,
    NotAuthorized,
    Unintelligible,
    Unreachable,
    WrongDevice,
)
from hil.transports.curl import Curl, CurlAnswer, CurlTrouble
from hil.transports.shell import Ran, Shell, line_of

VERSIONS = "/etc/emu_versions.txt"
WIRELESS = "/etc/init.d/wireless"
ACCESS_POINT_FLAG = "/var/run/wifi/EnvoyAP"

WEB_LIMIT_S = 60.0
"""For its own web server, in the gateway's time."""

_NOT_FOUND = 127


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The gateway's clock where it stands: what its schedules go by."""

    unix: int
    weekday: int
    """1 is Monday, 7 Sunday."""
    minute: int
    """Of the day."""


class GatewayShell:
    """One gateway's shell. Every command raises as `Shell.run`."""

    def __init__(self, shell: Shell, *, gateway: str) -> None:
        """Nothing is sent yet. `gateway` is what messages call it; `shell` stays the caller's to close."""
        self._shell, self.gateway = shell, gateway
        self.was_used = False
        """Whether this process may have changed anything by it."""

    @property
    def where(self) -> str:
        """What it is reached by."""
        return self._shell.where

    def run(self, command: str, *, stdin: bytes = b"") -> Ran:
        """Run a command line; any exit status is an answer."""
        before, self.was_used = self.was_used, True
        try:
            return self._shell.run(command, stdin=stdin)
        except (WrongDevice, NotAuthorized):
            self.was_used = before  # we were not let in, so nothing was run
            raise

    def carried_out(self, *words: str) -> Ran:
        """Run one command that has to end with 0; its words are handed over as they are.

        Raises: as `line_carried_out`.
        """
        return self.line_carried_out(line_of(*words))

    def line_carried_out(self, line: str) -> Ran:
        """Run a command line that has to end with 0.

        Raises:
            CommandRefused: it ended otherwise; CommandUnknown where there is no such command.
        """
        ran = self.run(line)
        if ran.status == 0:
            return ran
        kind = CommandUnknown if ran.status == _NOT_FOUND else CommandRefused
        raise kind(
            f"{self.gateway}: {ran.command} on {self.where} ended with {ran.status}: "
            f"{ran.said or '(it said nothing)'}",
            reply=ran.said,
            number=ran.status,
        )

    def has(self, path: str) -> bool:
        """Whether there is a file of this name."""
        ran = self.run(line_of("test", "-e", path))
        if ran.status > 1:
            raise CommandRefused(
                f"{self.gateway}: {ran.command} on {self.where} ended with {ran.status}: {ran.said}",
                reply=ran.said,
                number=ran.status,
            )
        return ran.status == 0

    def read(self, path: str) -> bytes | None:
        """What a file holds; None where there is none.

        Raises:
            CommandRefused: it is there and cannot be read.
        """
        if not self.has(path):
            return None
        return self.carried_out("cat", path).stdout

    def versions(self) -> str:
        """Every version on the gateway, as it lists them.

        Raises:
            CommandRefused: it has no such list.
        """
        return self.carried_out("cat", VERSIONS).stdout.decode("utf-8", "replace")

    def ask_web_server(self, path: str) -> CurlAnswer:
        """What the gateway's own web server says to a GET from its shell, whatever its status.

        Raises:
            Unreachable: it says nothing.
        """
        try:
            return Curl(self._shell).ask("GET", path, headers={}, body=b"", limit_s=WEB_LIMIT_S)
        except CurlTrouble as error:
            raise Unreachable(f"{self.gateway}: GET {path} {error}") from error

    def unix_time(self) -> int:
        """What its clock says, UNIX seconds."""
        return self.local_time().unix

    def local_time(self) -> LocalTime:
        """What its clock says, in its own time zone.

        Raises:
            Unintelligible: `date` says something else.
        """
        said = self.carried_out("date", "+%s %u %H %M").stdout.decode("utf-8", "replace")
        words = said.split()
        if len(words) != 4 or not all(word.isdecimal() for word in words):
            raise Unintelligible(
                f"{self.gateway}: date on {self.where} says {said[:80]!r}, not its time",
                document=said,
            )
        unix, weekday, hour, minute = map(int, words)
        return LocalTime(unix, weekday, 60 * hour + minute)

    def set_clock(self, unix: int) -> None:
        """Set its clock; a time server corrects it sooner or later."""
        self.carried_out("date", "-u", "-s", f"@{unix}")

    def access_point_is_on(self) -> bool:
        """Whether the gateway is an access point of its own, for an installer's phone."""
        return self.has(ACCESS_POINT_FLAG)

    def wireless(self, word: str) -> Ran:
        """A word to the wireless script. What all but startAP and stopAP do is nowhere described.

        Raises:
            CommandRefused: it ended with anything but 0.
        """
        return self.carried_out(WIRELESS, word)

    def start_access_point(self) -> None:
        """Make it one. Over its wireless network the gateway is not reached meanwhile."""
        self.wireless("startAP")

    def stop_access_point(self) -> None:
        """End that."""
        self.wireless("stopAP")
