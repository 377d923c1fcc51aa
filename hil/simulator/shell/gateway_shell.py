"""The simulated gateway's shell: one line after the other, each in its rig time.

It knows what somebody does on a gateway: files, curl to its own web server, the wireless script.
Anything else is not found, as on any shell.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from hil.simulator.shell import files
from hil.simulator.shell.command_line import STATUS, Command, Into, parsed
from hil.simulator.shell.curl import curl
from hil.simulator.shell.date import date
from hil.simulator.shell.programs import BUILT_IN, PROGRAMS, SYNTAX, Disk
from hil.simulator.shell.result import Result
from hil.simulator.site import Site
from hil.simulator.wireless import ACTIONS

T = TypeVar("T")

NOT_FOUND = 127
CANNOT = 1


class OnSite(Protocol):
    """A site that is running."""

    def act(self, duration_s: Callable[[Site], float], action: Callable[[Site], T]) -> T:
        """Let the rig time pass that something takes, and do it."""


class GatewayShell:
    """Runs lines; `web_port` is where the gateway's web server listens for whoever is on it."""

    def __init__(self, site: OnSite, *, web_port: int) -> None:
        self._site, self._web_port = site, web_port
        self._tmp: dict[str, bytes] = {}
        self._booted: int | None = None

    def run(self, line: str, stdin: bytes = b"") -> Result:
        """Run a line; what all of its commands printed, and how the last one ended."""
        self._site.act(lambda site: 0.0, self._clean_up)
        try:
            commands = parsed(line)
        except ValueError as error:
            return Result(SYNTAX, err=f"-sh: {error}\n")
        return self._run_all(commands, stdin)

    def _clean_up(self, site: Site) -> None:
        """What is in memory does not outlive a restart."""
        if site.gateway.booted_unix != self._booted:
            self._tmp.clear()
            self._booted = site.gateway.booted_unix

    def _run_all(self, commands: Sequence[Command], stdin: bytes, status: int = 0) -> Result:
        out, err = b"", ""
        for command in commands:
            if (command.after == "&&" and status) or (command.after == "||" and not status):
                continue
            ended = self._redirected(command, stdin, status)
            status, out, err = ended.status, out + ended.out, err + ended.err
        return Result(status, out, err)

    def _redirected(self, command: Command, stdin: bytes, status: int) -> Result:
        if command.reads is not None:
            held = self._on_disk(lambda disk: disk.read(str(command.reads)))
            if held is None:
                return Result(CANNOT, err=f"-sh: can't open {command.reads}: no such file\n")
            stdin = held
        if command.group is not None:
            ended = self._run_all(command.group, stdin, status)
        else:
            ended = self._run([word.replace(STATUS, str(status)) for word in command.words], stdin)
        if command.joins:
            ended = Result(ended.status, ended.out + ended.err.encode())
        if command.out is not None:
            ended = self._written(command.out, ended.out, replace(ended, out=b""))
        if command.err is not None:
            ended = self._written(command.err, ended.err.encode(), replace(ended, err=""))
        return ended

    def _written(self, into: Into, data: bytes, ended: Result) -> Result:
        wrong = self._on_disk(lambda disk: disk.write(into.path, data, appends=into.appends))
        if wrong is None:
            return ended
        return Result(CANNOT, ended.out, f"-sh: can't create {into.path}: {wrong}\n")

    def _on_disk(self, action: Callable[[Disk], T]) -> T:
        return self._site.act(lambda site: 0.0, lambda site: action(Disk(site, self._tmp)))

    def _run(self, words: list[str], stdin: bytes) -> Result:
        name, *words = words or ["true"]
        if name == "curl":
            self._site.act(_command_s, lambda site: None)
            return curl(words, stdin, port=self._web_port)
        if name == "date":
            return self._site.act(_command_s, lambda site: date(site.gateway.clock, words))
        if name == ".":
            return self._sourced(words, stdin)
        if name == files.WIRELESS:
            action = words[0] if words else ""
            return self._site.act(
                lambda site: _wireless_s(site, action), lambda site: _wireless(site, action)
            )
        if name == files.UPDATE:
            return self._site.act(_command_s, lambda site: _update(site, words))
        program = PROGRAMS.get(name)
        if program is None:
            return self._site.act(
                _command_s, lambda site: Result(NOT_FOUND, err=f"-sh: {name}: not found\n")
            )
        return self._site.act(
            (lambda site: 0.0) if name in BUILT_IN else _command_s,
            lambda site: program(Disk(site, self._tmp), words),
        )

    def _sourced(self, words: Sequence[str], stdin: bytes) -> Result:
        path = words[0] if words else ""
        held = self._on_disk(lambda disk: disk.read(path))
        if held is None:
            return Result(NOT_FOUND, err=f"-sh: .: {path}: not found\n")
        try:
            return self._run_all(parsed(held.decode("utf-8", "replace")), stdin)
        except ValueError as error:
            return Result(SYNTAX, err=f"-sh: {path}: {error}\n")


def _command_s(site: Site) -> float:
    return site.world.assumptions.shell.command_s


def _wireless_s(site: Site, action: str) -> float:
    moves = action in ACTIONS and action != "test"
    return site.world.assumptions.shell.wireless_s if moves else _command_s(site)


def _wireless(site: Site, action: str) -> Result:
    if action not in ACTIONS:
        if action and site.world.has_defect("unknown-word-starts-the-access-point"):
            site.wireless.command("startAP")
        return Result(1, f"Usage: {files.WIRELESS} {{{'|'.join(ACTIONS)}}}\n".encode())
    wrong = site.wireless.command(action)
    return Result() if wrong is None else Result(1, err=f"wireless: {wrong}\n")


def _update(site: Site, words: Sequence[str]) -> Result:
    """Begins to write an image, and does not wait for that: the gateway restarts by itself then."""
    image = files.image_at(site, words[0]) if len(words) == 1 else None
    if image is None:
        return Result(1, err=f"Usage: {files.UPDATE} {files.IMAGES}/envoy-VERSION.img\n")
    if site.gateway.is_being_updated or site.firmware_update.is_running:
        return Result(1, err="update_firmware: an update is running\n")
    site.gateway.update(image)
    return Result(0, f"writing D{image}; restarts when that is done\n".encode())
