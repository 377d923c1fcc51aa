"""The shell of the simulated gateway over SSH.

The server is loaded when the first client comes: most runs need no shell, and it is slow to load.
"""

import asyncio
import hmac
import os
import select
import socket
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hil.simulator.shell.result import Result

if TYPE_CHECKING:
    import asyncssh

_KEY_TYPE = b"ssh-ed25519"


@dataclass(frozen=True)
class HostKey:
    """By which the gateway is known."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        public = self.private.public_key().public_bytes_raw()
        blob = b"".join(len(part).to_bytes(4, "big") + part for part in (_KEY_TYPE, public))
        return f"SHA256:{b64encode(sha256(blob).digest()).decode().rstrip('=')}"


@dataclass(frozen=True)
class ShellAccess:
    """Who may enter the simulated gateway's shell, and what shows that it is the right gateway."""

    user: str
    password: str = field(repr=False)
    host_key: HostKey


class SshFace:
    """Serves `run` (a line and its standard input) on 127.0.0.1, any free port, from `start` until
    `close`.

    `boot` tells of which start the gateway is, None while it is down: then nobody gets in, and who
    was in is thrown out. Both are called on threads of their own and do their own locking.
    """

    def __init__(
        self,
        access: ShellAccess,
        *,
        run: Callable[[str, bytes], Result],
        boot: Callable[[], object | None],
    ) -> None:
        self._access, self._run, self._boot = access, run, boot
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="ssh face", daemon=True)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Begin to answer; connections made since the construction are waiting already."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening and cut every open connection. Fine when it was never started."""
        os.write(self._wake_write, b"!")
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _serve(self) -> None:
        waited_for: list[socket.socket | int] = [self._socket, self._wake_read]
        readable, _, _ = select.select(waited_for, [], [])
        if self._wake_read not in readable:
            asyncio.run(self._serve_clients())

    async def _serve_clients(self) -> None:
        import asyncssh
        from cryptography.hazmat.primitives import serialization as form

        key = self._access.host_key.private.private_bytes(
            form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()
        )
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._wake_read, ended.set)
        face, clients = self, set()

        class Client(asyncssh.SSHServer):
            """One connection."""

            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                self._connection, self._boot = conn, face._boot()
                clients.add(conn)
                if self._boot is None:
                    conn.abort()

            def connection_lost(self, exc: Exception | None) -> None:
                clients.discard(self._connection)

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return face._lets_in(username, password)

            def session_requested(
                self,
            ) -> "bool | tuple[asyncssh.SSHServerChannel[bytes], asyncssh.SSHServerSession[bytes]]":
                if face._boot() != self._boot:
                    self._connection.abort()
                    return False
                channel = self._connection.create_server_channel(encoding=None, errors="strict")
                session: asyncssh.SSHServerProcess[bytes] = asyncssh.SSHServerProcess(
                    face._carry_out, None, 3, False
                )
                return channel, session

        async with await asyncssh.create_server(
            Client, sock=self._socket, server_host_keys=[asyncssh.import_private_key(key)]
        ):
            await ended.wait()
            for client in list(clients):
                client.abort()
                await client.wait_closed()

    def _lets_in(self, user: str, password: str) -> bool:
        given, wanted = (f"{user}:{password}", f"{self._access.user}:{self._access.password}")
        return hmac.compare_digest(given.encode(), wanted.encode())

    async def _carry_out(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        if process.command is None:
            process.stderr.write(b"the simulated shell runs commands only: ssh HOST COMMAND\n")
            process.exit(1)
            return
        stdin = await process.stdin.read() if "@-" in process.command else b""
        ended = await asyncio.to_thread(self._run, process.command, stdin)
        process.stdout.write(ended.out)
        process.stderr.write(ended.err.encode())
        process.exit(ended.status)
