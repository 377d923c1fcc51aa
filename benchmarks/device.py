"""`python -m benchmarks.device N`: a process that plays N devices with a serial console each.

Every console is a pseudo-terminal. On standard output stands first where they are, one JSON list; then one
JSON answer for every JSON line on standard input (`device_process.py` is the other side). One thread, so
that the device itself costs the same whoever is measured.
"""

import json
import os
import select
import sys
import time
import tty
import zlib
from collections import deque
from dataclasses import dataclass, field

PROMPT = b"ENC> "
LOG_TAG = b"] ZB: "
REPLY = [
    b"%-9s %s" % (b"cell_%02d:" % n, b"3.%03d V  25.%d C  balanced" % (n, n)) for n in range(11)
]
"""What `status NUMBER` answers: about 400 bytes with the end line `OK`."""

TICK_S = 0.002
"""How finely a paced device writes."""

LONGEST_CATCH_UP_S = 0.02
"""A device that did not get the processor for longer is late for good: it does not send a burst."""

CHATTER_LINE_BYTES = 64
FLOOD_PIECE_BYTES = 1 << 16


def log_line(text: bytes) -> bytes:
    """A log line as the firmware writes it."""
    return b"[%9.3f%s%s\r\n" % (time.monotonic(), LOG_TAG, text)


@dataclass
class Port:
    """One console of one device, and what it is doing."""

    master: int
    slave: int
    """Held open: a terminal without anybody at the other end would be hung up."""
    out: deque[bytes] = field(default_factory=deque)
    typed: bytearray = field(default_factory=bytearray)
    baud: int | None = None
    """None: as fast as it can."""
    chatters: bool = False
    """It fills the line with numbered log lines, whether they are read or not."""
    noise_every_s: float | None = None
    next_noise_s: float = 0.0
    sent_until_s: float = 0.0
    events: list[float] = field(default_factory=list)
    """When something happens that it will print, in monotonic seconds."""
    flood_left: int = 0
    flooded: int = 0
    """Log lines of floods that were begun."""
    number: int = 0
    written: int = 0
    lost: int = 0
    """Bytes that found the terminal's buffer full, as in the small one of a UART."""
    late_s: float = 0.0
    is_blocked: bool = False

    # What the device is told.

    def hear(self) -> None:
        """Take in what was typed."""
        self.typed += os.read(self.master, 4096)
        while (end := self.typed.find(b"\r")) >= 0 or (end := self.typed.find(b"\n")) >= 0:
            command = bytes(self.typed[:end]).strip()
            del self.typed[: end + 1]
            self._obey(command)

    def _obey(self, command: bytes) -> None:
        self.out.append(command + b"\r\n")
        match command.split():
            case [b"status", _]:
                self.out += [line + b"\r\n" for line in REPLY]
                self.out += [b"OK\r\n", PROMPT]
            case [b"event", milliseconds]:
                self.events.append(time.monotonic() + float(milliseconds) / 1000)
            case [b"flood", count]:
                self.flood_left = int(count)
            case _:
                self.out.append(PROMPT)

    # What happens by itself.

    def due_s(self) -> float | None:
        """When it has something to do next."""
        times = list(self.events)
        if self.noise_every_s is not None:
            times.append(self.next_noise_s)
        if self.baud is not None and (self.out or self.chatters):
            times.append(self.sent_until_s + TICK_S)
        if self.flood_left and not self.is_blocked:
            times.append(0.0)
        return min(times) if times else None

    def act(self, now_s: float) -> None:
        """Do what is due."""
        if self.noise_every_s is not None and now_s >= self.next_noise_s:
            self.next_noise_s = max(self.next_noise_s + self.noise_every_s, now_s - 1)
            # In front of the line that has not begun yet: whole lines, in the middle of replies.
            at = 1 if self.out and self.baud is not None else len(self.out)
            self.out.insert(at, log_line(b"rssi -61 lqi 214 neighbour 4"))
        for due_s in [each for each in self.events if each <= now_s]:
            self.events.remove(due_s)
            self.out.append(b"EVT %d\r\n" % time.monotonic_ns())
        if self.flood_left and not self.out:
            self._flood()
        if self.baud is None:
            self._flush()
        else:
            self._pace(now_s, self.baud)

    def _flood(self) -> None:
        piece = FLOOD_PIECE
        if self.flood_left < len(piece):
            piece = piece[: max(0, piece.rfind(b"\n", 0, self.flood_left) + 1)]
            self.flood_left = 0
            self.out += [piece, b"FLOOD DONE 1\r\n", PROMPT]
        else:
            self.flood_left -= len(piece)
            self.out.append(piece)
        self.flooded += piece.count(b"\n")

    def _flush(self) -> None:
        data = b"".join(self.out)
        self.out.clear()
        if data:
            sent = self._write(data)
            self.is_blocked = sent < len(data)
            if self.is_blocked:
                self.out.append(data[sent:])
        else:
            self.is_blocked = False

    def _pace(self, now_s: float, baud: int) -> None:
        if not self.out and not self.chatters:
            self.sent_until_s = now_s
            return
        passed_s = now_s - self.sent_until_s
        if passed_s < TICK_S / 2:
            return
        if passed_s > LONGEST_CATCH_UP_S:
            self.late_s += passed_s - LONGEST_CATCH_UP_S
            passed_s = LONGEST_CATCH_UP_S
        room = int(passed_s * baud / 10)
        self.sent_until_s = now_s
        piece = bytearray()
        while len(piece) < room:
            if not self.out:
                if not self.chatters:
                    break
                self.out.append(self._chatter())
            line = self.out.popleft()
            taken = line[: room - len(piece)]
            piece += taken
            if len(taken) < len(line):
                self.out.appendleft(line[len(taken) :])
        sent = self._write(bytes(piece))
        if sent < len(piece):
            self.lost += len(piece) - sent

    def _chatter(self) -> bytes:
        self.number += 1
        body = b"%08d %d" % (self.number, time.monotonic_ns())
        line = log_line(b"%s %08x" % (body, zlib.crc32(body)))
        return line[:-2].ljust(CHATTER_LINE_BYTES - 2, b".") + b"\r\n"

    def _write(self, data: bytes) -> int:
        try:
            sent = os.write(self.master, data)
        except BlockingIOError:
            sent = 0
        self.written += sent
        return sent

    # What the benchmark tells it.

    def told(self, said: dict[str, object]) -> None:
        """Change what it does."""
        now_s = time.monotonic()
        if "baud" in said:
            baud = said["baud"]
            self.baud = None if baud is None else int(str(baud))
            self.sent_until_s = now_s
        if "noise" in said:
            rate = float(str(said["noise"]))
            self.noise_every_s = 1 / rate if rate else None
            self.next_noise_s = now_s
        if "chatters" in said:
            self.chatters = bool(said["chatters"])
            self.sent_until_s = now_s
            if not self.chatters and self.out and self.baud is not None:
                # The line that was begun is finished, so that every line is whole.
                rest = self.out.popleft()
                self.lost += len(rest) - self._write(rest)
        if said.get("quiet"):
            self.flood_left = 0
            self.out.clear()
            self.events.clear()
        if said.get("counted_anew"):
            self.number = self.written = self.lost = 0
            self.late_s = 0.0


FLOOD_PIECE = b"".join(
    b"[%9.3f%scell %04d voltage 3.%03d temperature 25.%d balanced\r\n"
    % (n / 7, LOG_TAG, n, n % 1000, n % 10)
    for n in range(FLOOD_PIECE_BYTES // 70)
)


def opened() -> Port:
    """A new console."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return Port(master, slave)


def play(ports: list[Port]) -> None:
    """Until standard input ends."""
    by_number = {port.master: port for port in ports}
    control = sys.stdin.fileno()
    poll = select.epoll()
    poll.register(control, select.EPOLLIN)
    wanted = dict.fromkeys(by_number, select.EPOLLIN)
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    pending = b""
    active: set[int] = set()
    while True:
        dues = [due for port in ports if (due := port.due_s()) is not None]
        wait_s = -1.0 if not dues else max(0.0, min(dues) - time.monotonic())
        active.clear()
        for number, events in poll.poll(wait_s):
            if number == control:
                data = os.read(control, 65536)
                if not data:
                    return
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    _control(ports, json.loads(line))
                continue
            if events & select.EPOLLIN:
                by_number[number].hear()
            active.add(number)
        now_s = time.monotonic()
        for number, port in by_number.items():
            due = port.due_s()
            if number in active or (due is not None and due <= now_s):
                port.act(now_s)
            want = select.EPOLLIN | (select.EPOLLOUT if port.is_blocked else 0)
            if wanted[number] != want:
                wanted[number] = want
                poll.modify(number, want)


def _control(ports: list[Port], said: dict[str, object]) -> None:
    chosen = said.get("ports")
    numbers = chosen if isinstance(chosen, list) else list(range(len(ports)))
    for number in numbers:
        ports[number].told(said)
    told = [
        {
            "lines": p.number,
            "flooded": p.flooded,
            "written": p.written,
            "lost": p.lost,
            "late_s": p.late_s,
        }
        for p in ports
    ]
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    ports = [opened() for _ in range(int(sys.argv[1]))]
    sys.stdout.write(json.dumps([os.ttyname(port.slave) for port in ports]) + "\n")
    sys.stdout.flush()
    play(ports)


if __name__ == "__main__":
    main()
