"""The simulated gateway's shell: one line after the other, each in its rig time.

It knows what somebody does on a gateway: files, curl to its own web server, the wireless script.
Anything else is not found, as on any shell.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hil.simulator.shell import files
from hil.simulator.shell.command_line import Command, parsed
from hil.simulator.shell.curl import curl
from hil.simulator.shell.result import Result
from hil.simulator.site import Site
from hil.simulator.wireless import ACTIONS

T = TypeVar("T")

SYNTAX = 2
NOT_FOUND = 127


class OnSite(Protocol):
    """A site that is running."""

    def act(self, duration_s: Callable[[Site], float], action: Callable[[Site], T]) -> T:
        """Let the rig time pass that something takes, and do it."""


class GatewayShell:
    """Runs lines; `web_port` is where the gateway's web server listens for whoever is on it."""

    def __init__(self, site: OnSite, *, web_port: int) -> None:
        self._site, self._web_port = site, web_port

    def run(self, line: str, stdin: bytes = b"") -> Result:
        """Run a line; what all of its commands printed, and how the last one ended."""
        try:
            commands = parsed(line)
        except ValueError as error:
            return Result(SYNTAX, err=f"-sh: {error}\n")
        status, out, err = 0, b"", ""
        for command in commands:
            if (command.after == "&&" and status) or (command.after == "||" and not status):
                continue
            ended = self._run(command, stdin)
            status = ended.status
            if command.joins:
                ended = Result(status, ended.out + ended.err.encode())
            out += b"" if 1 in command.quiet else ended.out
            err += "" if 2 in command.quiet else ended.err
        return Result(status, out, err)

    def _run(self, command: Command, stdin: bytes) -> Result:
        name, *words = command.words
        if name == "curl":
            self._site.act(_command_s, lambda site: None)
            return curl(words, stdin, port=self._web_port)
        if name == files.WIRELESS:
            action = words[0] if words else ""
            return self._site.act(
                lambda site: _wireless_s(site, action), lambda site: _wireless(site, action)
            )
        program = PROGRAMS.get(name)
        if program is None:
            return self._site.act(
                _command_s, lambda site: Result(NOT_FOUND, err=f"-sh: {name}: not found\n")
            )
        return self._site.act(_command_s, lambda site: program(site, words))


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


def _cat(site: Site, words: Sequence[str]) -> Result:
    out, err = b"", ""
    for path in words:
        held = files.read(site, path)
        if held is None:
            err += f"cat: can't open '{path}': No such file or directory\n"
        else:
            out += held
    return Result(1 if err else 0, out, err)


def _ls(site: Site, words: Sequence[str]) -> Result:
    out, err = "", ""
    for path in [each for each in words if not each.startswith("-")] or ["/"]:
        names = files.names_under(site, path)
        if names is not None:
            out += "".join(f"{name}\n" for name in names)
        elif files.read(site, path) is not None:
            out += f"{path}\n"
        else:
            err += f"ls: {path}: No such file or directory\n"
    return Result(1 if err else 0, out.encode(), err)


def _test(site: Site, words: Sequence[str]) -> Result:
    match list(words):
        case ["-f", path]:
            found = files.read(site, path) is not None
        case ["-d", path]:
            found = files.names_under(site, path) is not None
        case ["-e", path]:
            found = files.read(site, path) is not None or files.names_under(site, path) is not None
        case _:
            return Result(SYNTAX, err="-sh: test: unknown to the simulated shell\n")
    return Result(0 if found else 1)


def _bracket(site: Site, words: Sequence[str]) -> Result:
    if not words or words[-1] != "]":
        return Result(SYNTAX, err="-sh: [: missing ]\n")
    return _test(site, words[:-1])


def _echo(site: Site, words: Sequence[str]) -> Result:
    return Result(0, f"{' '.join(words)}\n".encode())


PROGRAMS: dict[str, Callable[[Site, Sequence[str]], Result]] = {
    "cat": _cat,
    "echo": _echo,
    "ls": _ls,
    "test": _test,
    "[": _bracket,
    "true": lambda site, words: Result(0),
    "false": lambda site, words: Result(1),
}
"""Those that look at the site, and take no time of their own."""
