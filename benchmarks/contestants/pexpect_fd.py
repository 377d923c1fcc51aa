"""pexpect on a descriptor, as it comes and tuned."""

import os
import re
import tty

import pexpect
from pexpect import fdpexpect

from benchmarks.contestants.contestant import GaveUp, between_echo_and_prompt
from benchmarks.device import PROMPT


class Pexpect:
    """`fdspawn`, nothing changed."""

    def __init__(self, port: str) -> None:
        self._port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._port)
        self._spawn = self._spawned()

    def _spawned(self) -> "fdpexpect.fdspawn[bytes]":
        return fdpexpect.fdspawn(self._port, timeout=600)

    def ask(self, command: str) -> bytes:
        self.send(command)
        self._spawn.expect_exact(command.encode() + b"\r\n")
        self._spawn.expect_exact(PROMPT)
        return between_echo_and_prompt(self._spawn.before or b"", command)

    def send(self, command: str) -> None:
        self._spawn.send(command + "\r")

    def wait_for(self, patterns: list[str], within_s: float) -> bytes:
        try:
            self._spawn.expect([each.encode() for each in patterns], timeout=within_s)
        except pexpect.TIMEOUT as error:
            raise GaveUp from error
        found = self._spawn.match
        assert isinstance(found, re.Match)
        return bytes(found[1])

    def close(self) -> None:
        self._spawn.close()


class TunedPexpect(Pexpect):
    """With a bounded window, large reads, and without its delay after each read."""

    def _spawned(self) -> "fdpexpect.fdspawn[bytes]":
        spawned: fdpexpect.fdspawn[bytes] = fdpexpect.fdspawn(
            self._port, timeout=600, maxread=1 << 16, searchwindowsize=2000
        )
        spawned.delayafterread = None
        return spawned
