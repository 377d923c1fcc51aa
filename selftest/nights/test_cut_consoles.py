"""Serial servers that hang up between the tests of a night: gaps that are marked, no wrong verdict."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from selftest.nights.cutting import WHO
from selftest.suite_runs import run_suite, simulator_process
from selftest.transports.relay import Relay


@pytest.mark.parametrize("console", ["socket", "rfc2217"])
def test_consoles_that_are_cut_between_tests_are_gaps_and_no_verdict(
    console: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig_file = tmp_path / "desk.yaml"
    with simulator_process(rig_file, "--time", "virtual", "--console", console):
        described = yaml.safe_load(rig_file.read_text())
        devices = [described["enpower"], *described["encharges"]]
        with relays([device["console"] for device in devices]) as cutting:
            behind = rig_file.with_name("behind-relays.yaml")
            behind.write_text(yaml.safe_dump(described))
            monkeypatch.setenv(WHO, cutting)

            run = run_suite(
                *(tmp_path / "run", f"--rig={behind}", "-m", "paced"),
                *("-p", "selftest.nights.cutting"),
            )

    assert run.returncode == 0, run.printed
    assert len(run.outcomes) >= 8, run.printed
    told = [str(event["text"]) for event in run.timeline() if event["kind"] == "!"]
    began = [text for text in told if text.startswith("gap: ")]
    ended = [text for text in told if text.startswith("gap ends: ")]
    assert len(ended) >= len(devices) * (len(run.outcomes) - 1), "each cut of each console"
    assert len(began) - len(ended) in range(len(devices) + 1), "the last cut may come too late"
    assert not [text for text in told if "unsettled" in text]
    for log in (run.directory / "consoles").iterdir():
        written = log.read_text(encoding="utf-8")
        assert written.count(" ! gap ends: ") >= len(run.outcomes) - 1, log


@contextmanager
def relays(consoles: Sequence[dict[str, str]]) -> Iterator[str]:
    """Puts a relay in front of every console; the address of who cuts them all when asked to."""
    cutters = []
    for console in consoles:
        scheme, _, port = console["port"].replace("//127.0.0.1:", "").partition(":")
        cutters.append(Relay(int(port)))
        console["port"] = f"{scheme}://127.0.0.1:{cutters[-1].port}"
    with socket.create_server(("127.0.0.1", 0)) as asked:

        def cut() -> None:
            while True:
                try:
                    whoever, _ = asked.accept()
                except OSError:  # shut down below
                    return
                with whoever:
                    whoever.recv(4096)
                    for relay in cutters:
                        relay.cut(refuse=False)
                    whoever.sendall(b"cut\n")

        cutting = threading.Thread(target=cut)
        cutting.start()
        try:
            yield f"127.0.0.1:{asked.getsockname()[1]}"
        finally:
            asked.shutdown(socket.SHUT_RDWR)
            cutting.join()
            for relay in cutters:
                relay.close()
