"""A shell over SSH, and the web server asked through it: against real SSH servers."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncssh
import pytest

from hil.clock import JumpingClock
from hil.errors import NotAuthorized, RigFileError, Unreachable, WrongDevice
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.simulator.faces.ssh import HostKey, ShellAccess, SshFace
from hil.simulator.shell.result import Result
from hil.transports.curl import LOCALHOST
from hil.transports.http import Http
from hil.transports.ssh import SshAccess, SshShell
from hil.vocabulary.secret import Secret
from selftest.held_port import held_port

PASSWORD = "correct horse battery"


@dataclass
class Gateway:
    """A device whose shell answers as it is told."""

    answer: Callable[[str, bytes], Result]
    boot: object | None = 1
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    def run(self, line: str, stdin: bytes) -> Result:
        self.asked.append((line, stdin))
        return self.answer(line, stdin)


@contextmanager
def served(gateway: Gateway) -> Iterator[SshAccess]:
    access = ShellAccess("root", PASSWORD, HostKey())
    face = SshFace(access, run=gateway.run, boot=lambda: gateway.boot)
    face.start()
    try:
        host, _, port = face.address.rpartition(":")
        yield SshAccess(host, int(port), "root", access.host_key.fingerprint, Secret(PASSWORD))
    finally:
        face.close()


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    with Timeline(tmp_path / "timeline.jsonl", now=lambda: 0.0, redactor=Redactor()) as timeline:
        yield timeline


@contextmanager
def shell_to(access: SshAccess, timeline: Timeline) -> Iterator[SshShell]:
    shell = SshShell(access, clock=JumpingClock(), timeline=timeline, connect_limit_s=5.0)
    try:
        yield shell
    finally:
        shell.close()


def test_status_and_both_outputs_come_back_apart(timeline: Timeline) -> None:
    gateway = Gateway(lambda line, stdin: Result(3, b"\x00out\xff", "err\n"))
    with served(gateway) as access, shell_to(access, timeline) as shell:
        ran = shell.run("anything 'at all'")

    assert (ran.status, ran.stdout, ran.stderr) == (3, b"\x00out\xff", b"err\n")
    assert gateway.asked == [("anything 'at all'", b"")]


def test_much_output_and_much_input_pass_whole(timeline: Timeline) -> None:
    data = bytes(range(256)) * 16384  # more than a window of SSH
    gateway = Gateway(lambda line, stdin: Result(0, stdin, "e" * len(data)))
    with served(gateway) as access, shell_to(access, timeline) as shell:
        ran = shell.run("curl --data-binary @-", stdin=data, silent=True)

    assert ran.stdout == data, f"{len(ran.stdout)} bytes came back"
    assert len(ran.stderr) == len(data)


def test_what_passes_is_on_the_timeline_without_secrets(timeline: Timeline) -> None:
    gateway = Gateway(lambda line, stdin: Result(0, PASSWORD.encode()))
    with served(gateway) as access, shell_to(access, timeline) as shell:
        shell.run("cat /etc/shadow")

    told = [(str(event), event.data) for event in timeline.since(0)]
    assert any("cat /etc/shadow" in text for text, _ in told)
    assert PASSWORD not in str(told)


def test_another_host_key_ends_before_the_password_is_sent(timeline: Timeline) -> None:
    gateway = Gateway(lambda line, stdin: Result())
    with served(gateway) as access:
        other = replace(access, host_key=HostKey().fingerprint)
        with (
            shell_to(other, timeline) as shell,
            pytest.raises(WrongDevice, match=r"shows the host key SHA256:.*factory reset"),
        ):
            shell.run("true")
    assert gateway.asked == []


def test_a_wrong_password_is_no_wrong_address(timeline: Timeline) -> None:
    with served(Gateway(lambda line, stdin: Result())) as access:
        wrong = replace(access, password=Secret("another one"))
        with (
            shell_to(wrong, timeline) as shell,
            pytest.raises(NotAuthorized, match="refuses root with the password") as refused,
        ):
            shell.run("true")
    assert "another one" not in str(refused.value)


def test_nobody_listens(timeline: Timeline) -> None:
    with held_port() as port:
        access = SshAccess("127.0.0.1", port, "root", HostKey().fingerprint, Secret(PASSWORD))
        with (
            shell_to(access, timeline) as shell,
            pytest.raises(Unreachable, match=f"connection refused at port {port}"),
        ):
            shell.run("true")


def test_a_gateway_that_has_started_anew_is_reached_again(timeline: Timeline) -> None:
    gateway = Gateway(lambda line, stdin: Result(0, b"here"))
    with served(gateway) as access, shell_to(access, timeline) as shell:
        shell.run("true")
        gateway.boot = None
        with pytest.raises(Unreachable):
            shell.run("true")
        gateway.boot = 2
        assert shell.run("true").stdout == b"here"


def test_a_key_file_opens_it_too(timeline: Timeline, tmp_path: Path) -> None:
    mine, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    mine.write_private_key(str(tmp_path / "id"))
    mine.write_public_key(str(tmp_path / "authorized"))
    ready, loops = threading.Event(), []
    ports: list[int] = []

    clients: list[asyncssh.SSHServerConnection] = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            clients.append(conn)

    async def serve() -> None:
        def answer(process: asyncssh.SSHServerProcess[str]) -> None:
            process.stdout.write("in")
            process.exit(0)

        ended = asyncio.Event()
        loops.append((asyncio.get_running_loop(), ended))
        async with await asyncssh.create_server(
            Server,
            "127.0.0.1",
            0,
            server_host_keys=[host],
            authorized_client_keys=str(tmp_path / "authorized"),
            process_factory=answer,
        ) as server:
            ports.append(server.get_port())
            ready.set()
            await ended.wait()
            for client in clients:
                await client.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        access = SshAccess(
            "127.0.0.1", ports[0], "root", host.get_fingerprint(), key_file=tmp_path / "id"
        )
        with shell_to(access, timeline) as shell:
            assert shell.run("true").stdout == b"in"
        broken = replace(access, key_file=tmp_path / "authorized")
        with (
            shell_to(broken, timeline) as shell,
            pytest.raises(RigFileError, match="holds no private key"),
        ):
            shell.run("true")
    finally:
        loop, ended = loops[0]
        loop.call_soon_threadsafe(ended.set)
        thread.join()


def through(shell: SshShell, timeline: Timeline) -> Http:
    return Http(LOCALHOST, clock=JumpingClock(), timeline=timeline, through=shell)


def test_an_answer_of_curl_is_the_reply_that_http_gives(timeline: Timeline) -> None:
    body = '{\n    "a": "]\n 200 5"\n}'
    head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nX-Frame-Options: DENY\r\n\r\n"
    printed = f"{head}{body}\n400 {len(body)}".encode()
    gateway = Gateway(lambda line, stdin: Result(0, printed))
    with (
        served(gateway) as access,
        shell_to(access, timeline) as shell,
        through(shell, timeline) as http,
    ):
        reply = http.post("/ivp/zb/provision", raw='it\'s "$HOME" `x` \n')

    assert (reply.status, reply.text) == (400, body)
    assert reply.headers == {"x-frame-options": "DENY"}
    ((line, stdin),) = gateway.asked
    assert stdin == b'it\'s "$HOME" `x` \n'
    assert "$HOME" not in line


@pytest.mark.parametrize(
    ("status", "story"),
    [
        (7, "its web server does not listen"),
        (28, "may or may not have been carried out"),
        (52, "dropped before an answer came"),
        (127, "there is no curl on it"),
    ],
)
def test_what_curl_ends_with_is_told(timeline: Timeline, status: int, story: str) -> None:
    gateway = Gateway(lambda line, stdin: Result(status, err="curl: (n) so it is\n"))
    with (
        served(gateway) as access,
        shell_to(access, timeline) as shell,
        through(shell, timeline) as http,
        pytest.raises(Unreachable, match=story),
    ):
        http.post("/ivp/ensemble/relay", json={})
    assert len(gateway.asked) == 1


def test_output_that_was_cut_is_no_answer(timeline: Timeline) -> None:
    gateway = Gateway(lambda line, stdin: Result(0, b"HTTP/1.1 200 OK\r\n\r\n{"))
    with (
        served(gateway) as access,
        shell_to(access, timeline) as shell,
        through(shell, timeline) as http,
        pytest.raises(Unreachable, match="curl did not say how it ended"),
    ):
        http.get("/info")
