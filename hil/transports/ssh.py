"""A device's shell over SSH: the only module that knows `paramiko`.

The library is loaded when the first connection is made: most runs never make one.
"""

import hmac
import logging
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from hil.clock import Clock
from hil.errors import HilError, NotAuthorized, RigFileError, Unreachable, WrongDevice
from hil.evidence.timeline import Timeline
from hil.transports.shell import Ran, ShellRecord
from hil.vocabulary.secret import Secret

if TYPE_CHECKING:
    import paramiko

CONNECT_LIMIT_S = 10.0
"""Wall seconds for the connection, and for each step of agreeing on keys and user."""

SILENT_LIMIT_S = 90.0
"""Rig seconds that a command may print nothing and not end: longer than a request gives itself."""

WALL_FLOOR_S = 10.0
"""However fast rig time runs, so much wall time is always given to a command."""

_CHUNK = 32768


@dataclass(frozen=True, slots=True)
class SshAccess:
    """Where the shell is, who may enter, and by which key the device is known."""

    host: str
    port: int
    user: str
    host_key: str
    """Its fingerprint as `ssh-keygen -l` prints it: `SHA256:…`."""
    password: Secret | None = field(default=None, repr=False)
    key_file: Path | None = None


class SshShell:
    """One gateway's shell; a `hil.transports.shell.Shell`.

    A connection that was lost is made anew for the next command. A command that was sent is never
    sent twice.
    """

    def __init__(
        self,
        access: SshAccess,
        *,
        clock: Clock,
        timeline: Timeline,
        wire: str = "envoy shell",
        connect_limit_s: float = CONNECT_LIMIT_S,
        silent_limit_s: float = SILENT_LIMIT_S,
        wall_floor_s: float = WALL_FLOOR_S,
    ) -> None:
        """Nothing is connected yet. `silent_limit_s` is rig time, the two others are wall time."""
        self._access, self._clock = access, clock
        self._record = ShellRecord(wire, timeline)
        self._connect_limit_s = connect_limit_s
        self._silent_limit_wall_s = max(wall_floor_s, silent_limit_s / clock.speed)
        self._transport: paramiko.Transport | None = None
        if access.password is not None:
            timeline.redactor.learn(access.password)

    @property
    def where(self) -> str:
        """`ssh root@192.0.2.10`, with the port where it is not the usual one."""
        access = self._access
        return f"ssh {access.user}@{access.host}" + (f":{access.port}" if access.port != 22 else "")

    def run(self, command: str, *, stdin: bytes = b"", silent: bool = False) -> Ran:
        """As `Shell.run`."""
        self._clock.settle()
        self._record.asked(command, stdin, silent=silent)
        started_s = self._clock.now()
        try:
            channel = self._channel()
        except HilError as error:
            self._record.trouble(str(error))
            raise
        try:
            status, stdout, stderr = self._exchange(channel, command, stdin)
        except (OSError, EOFError, _ssh().SSHException) as error:
            self.close()
            raise Unreachable(self._record.trouble(self._cut_short(command, error))) from error
        finally:
            channel.close()
        self._clock.settle()
        ran = Ran(command, status, stdout, stderr, took_s=self._clock.now() - started_s)
        self._record.ended(ran, silent=silent)
        return ran

    def close(self) -> None:
        """Let go of the connection. Closing twice is fine."""
        if self._transport is not None:
            self._transport.close()
        self._transport = None

    def _channel(self) -> "paramiko.Channel":
        """Room for one command, on the connection that is there or on a new one."""
        if self._transport is not None and self._transport.is_active():
            # Nothing was sent yet, so a device that has started anew meanwhile costs nothing.
            with suppress(EOFError, OSError, _ssh().SSHException):
                return self._transport.open_session(timeout=self._connect_limit_s)
        self.close()
        transport = self._connected()
        try:
            channel = transport.open_session(timeout=self._connect_limit_s)
        except (EOFError, OSError, _ssh().SSHException) as error:
            transport.close()
            raise Unreachable(
                f"{self.where}: let in, but gives no session: {error}; suspect a gateway that is "
                "starting or going down, or too many sessions on it"
            ) from error
        self._transport = transport
        return channel

    def _exchange(
        self, channel: "paramiko.Channel", command: str, stdin: bytes
    ) -> tuple[int, bytes, bytes]:
        channel.settimeout(self._silent_limit_wall_s)
        channel.exec_command(command)
        errors: list[bytes] = []
        # Each stream on its own: a device that waits for us to read one would never end the other.
        others = [threading.Thread(target=_drain_errors, args=(channel, errors), daemon=True)]
        if stdin:
            others.append(threading.Thread(target=_feed, args=(channel, stdin), daemon=True))
        else:
            channel.shutdown_write()
        for each in others:
            each.start()
        output: list[bytes] = []
        while data := channel.recv(_CHUNK):
            output.append(data)
        if not channel.status_event.wait(self._silent_limit_wall_s):
            raise TimeoutError("it closed its output and did not end")
        if channel.exit_status == -1 and not channel.get_transport().is_active():
            raise EOFError("the connection was dropped")
        for each in others:
            each.join(self._silent_limit_wall_s)
        return channel.exit_status, b"".join(output), b"".join(errors)

    def _connected(self) -> "paramiko.Transport":
        access, ssh = self._access, _ssh()
        try:
            sock = socket.create_connection((access.host, access.port), self._connect_limit_s)
        except OSError as error:
            raise Unreachable(f"{self.where}: {_no_connection(access, error)}") from error
        # Small packets go at once: else each command waits 40 ms for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport: paramiko.Transport = ssh.Transport(sock)
        try:
            transport.banner_timeout = self._connect_limit_s
            transport.auth_timeout = self._connect_limit_s
            transport.start_client(timeout=self._connect_limit_s)
            self._check_host_key(transport.get_remote_server_key())
            self._log_in(transport)
        except HilError:
            transport.close()
            raise
        except (OSError, EOFError, ssh.SSHException) as error:
            transport.close()
            raise Unreachable(
                f"{self.where}: no SSH with what answers there: {error or type(error).__name__}; "
                "suspect the port, another kind of server on it, a gateway that is starting, or one so "
                "old that both know no cipher in common"
            ) from error
        return transport

    def _check_host_key(self, shown: "paramiko.PKey") -> None:
        fingerprint = shown.fingerprint
        if not hmac.compare_digest(fingerprint, self._access.host_key):
            raise WrongDevice(
                f"{self.where}: shows the host key {fingerprint} ({shown.get_name()}), the rig file has "
                f"{self._access.host_key} (envoy.shell.ssh.host_key), so nothing was sent. Suspect "
                "another device at this address, or a gateway that made new keys (factory reset, "
                "firmware update). If you trust the network, write the one it shows"
            )

    def _log_in(self, transport: "paramiko.Transport") -> None:
        access, ssh = self._access, _ssh()
        try:
            if access.password is not None:
                by = "password"
                transport.auth_password(access.user, access.password.reveal(), fallback=True)
            else:
                by = f"key {access.key_file}"
                transport.auth_publickey(access.user, _private_key(access.key_file))
        except ssh.BadAuthenticationType as error:
            raise NotAuthorized(
                f"{self.where}: lets nobody in by {by.partition(' ')[0]}, only by "
                f"{', '.join(error.allowed_types)}; see envoy.shell.ssh of the rig file"
            ) from error
        except ssh.AuthenticationException as error:
            raise NotAuthorized(
                f"{self.where}: refuses {access.user} with the {by} of the rig file "
                f"({error}); suspect the user's name, another gateway's secret, or one that has changed"
            ) from error

    def _cut_short(self, command: str, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            what = (
                f"neither ended nor said anything for {self._silent_limit_wall_s:g} s; suspect a gateway "
                "under load, or a command that waits for something"
            )
        else:
            what = (
                f"the connection was dropped before its end was told ({error or type(error).__name__}); "
                "suspect a gateway that restarts, or the network"
            )
        return (
            f"{self.where}: {command}: {what}. It may or may not have been carried out; it was not "
            "sent again"
        )


def _ssh() -> ModuleType:
    """The library, loaded once it is needed."""
    import paramiko

    if not (log := logging.getLogger("paramiko")).handlers:
        log.addHandler(logging.NullHandler())  # it prints tracebacks of what is raised here anyway
    return paramiko


def _private_key(path: Path | None) -> "paramiko.PKey":
    assert path is not None
    try:
        key: paramiko.PKey = _ssh().PKey.from_path(path)
        return key
    except OSError as error:
        raise RigFileError(
            f"envoy.shell.ssh.key_file: cannot read {path}: {error.strerror}"
        ) from error
    except (ValueError, TypeError, _ssh().SSHException) as error:
        raise RigFileError(
            f"envoy.shell.ssh.key_file: {path} holds no private key that can be used without a "
            f"passphrase ({type(error).__name__})"
        ) from error


def _no_connection(access: SshAccess, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"nobody knows a host {access.host!r}; suspect a typo, or the name server"
    if isinstance(error, ConnectionRefusedError):
        return (
            f"connection refused at port {access.port}; suspect the port, a gateway whose SSH is not "
            "enabled, or one that is starting"
        )
    if isinstance(error, TimeoutError):
        return (
            f"no connection in {CONNECT_LIMIT_S:g} s; suspect the address, the cable, or its power"
        )
    return f"{error.strerror or error}; suspect the address, the cable, or this PC's network"


def _drain_errors(channel: "paramiko.Channel", into: list[bytes]) -> None:
    with suppress(OSError):
        while data := channel.recv_stderr(_CHUNK):
            into.append(data)


def _feed(channel: "paramiko.Channel", data: bytes) -> None:
    with suppress(OSError):  # a command may end without having read all of it
        channel.sendall(data)
        channel.shutdown_write()
