"""A real serial server, for selftests: ser2net in front of device files."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from selftest.held_port import held_ports

START_S = 10.0

needs_ser2net = pytest.mark.skipif(
    shutil.which("ser2net") is None, reason="ser2net is not on PATH (apt-get install ser2net)"
)


@contextmanager
def ser2net(folder: Path, devices: Sequence[str], *, rfc2217: bool = True) -> Iterator[list[str]]:
    """Serve `devices` with ser2net while the block lasts; the pyserial URL of each."""
    with (
        held_ports(len(devices)) as ports,
        serving(folder, devices, ports, rfc2217=rfc2217) as urls,
    ):
        yield urls


@contextmanager
def serving(
    folder: Path, devices: Sequence[str], ports: Sequence[int], *, rfc2217: bool
) -> Iterator[list[str]]:
    """The same on these ports."""
    accepter = "telnet(rfc2217,mode=server)," if rfc2217 else ""
    config = folder / f"ser2net-{ports[0]}.yaml"
    config.write_text(
        "%YAML 1.1\n---\n"
        + "".join(
            f"connection: &console{number}\n"
            f"  accepter: {accepter}tcp,127.0.0.1,{port}\n"
            f"  connector: serialdev(nouucplock=true),{device},115200n81,local\n"
            "  options: {kickolduser: true, chardelay: false}\n"
            for number, (port, device) in enumerate(zip(ports, devices, strict=True))
        )
    )
    with (folder / "ser2net.log").open("wb") as log:
        process = subprocess.Popen(
            ["ser2net", "-d", "-n", "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        for port in ports:
            wait_for(port)
        # A terminal has no modem lines, and ser2net does not answer for them.
        yield [
            f"rfc2217://127.0.0.1:{port}?ign_set_control"
            if rfc2217
            else f"socket://127.0.0.1:{port}"
            for port in ports
        ]
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    """Until something listens there."""
    pause = threading.Event()
    for _ in range(int(START_S / 0.05)):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            pause.wait(0.05)
        else:
            return
    raise AssertionError(f"nothing listens on port {port}")
