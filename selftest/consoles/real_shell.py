"""A real shell on a real terminal behind a login, and the serial line to it: nothing of it is ours but
the words of the login and what is done to the bytes on their way.
"""

import os
import pty
import select
import signal
import subprocess
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hil.clock import WallClock
from hil.consoles.serial_shell import SerialShell
from hil.consoles.shell_dialect import ShellDialect
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.transports.recorder import Recorder
from hil.transports.serial_line import SerialLine
from hil.vocabulary.secret import Secret

PASSWORD = "q7Zx-Wv9K-jY3"
PROMPT = "[11:03:03][envoy:~$]"
SPEED = 10.0
"""A rig second is 100 ms."""

_GETTY = """
trap : INT
while :; do
  printf 'envoy login: '; IFS= read -r user || continue
  $1; printf 'Password: '; IFS= read -r password; stty echo; printf '\\n'
  if [ "$user:$password" = "root:$2" ]; then PS1="$3" ENV= $4 +m -i; else printf 'Login incorrect\\n'; fi
done
"""

Change = Callable[[bytes], bytes]


@dataclass
class Gateway:
    """One, while it is there. `says` and `hears` change what goes over the line, piece by piece."""

    port: str
    log: Path
    timeline: Timeline
    open_shell: Callable[..., SerialShell]
    process: "subprocess.Popen[bytes]"
    says: Change = lambda data: data
    hears: Change = lambda data: data
    heard: bytearray = field(default_factory=bytearray)
    """What was typed, before any change."""

    def written(self) -> str:
        """Everything that was written down of it."""
        return self.log.read_text(errors="replace") + self.timeline.path.read_text(errors="replace")


@contextmanager
def gateway(
    folder: Path, *, hides: bool = True, shell: str = "sh", dialect: ShellDialect | None = None
) -> Iterator[Gateway]:
    """A login on a serial line; `hides` what is typed as its password, as a login should."""
    line, port = pty.openpty()
    tty.setraw(port)
    terminal, its = pty.openpty()
    before = "stty -echo" if hides else ":"
    process = subprocess.Popen(
        ["setsid", "--ctty", "sh", "-c", _GETTY, "getty", before, PASSWORD, PROMPT, shell],
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=folder,
        env={**os.environ, "TERM": "dumb"},
    )
    os.close(its)
    clock = WallClock(speed=SPEED)
    timeline = Timeline(folder / "timeline.jsonl", now=clock.now, redactor=Redactor())
    recorder = Recorder(timeline, logs=folder, now=clock.now)
    recording = recorder.add(SerialLine(os.ttyname(port)), name="it", wire="envoy it console")
    recorder.start("it")

    def open_shell(password: str = PASSWORD, user: str = "root") -> SerialShell:
        return SerialShell(
            recording,
            user=user,
            password=Secret(password),
            dialect=dialect or ShellDialect(scratch=str(folder / "scratch")),
            clock=clock,
            timeline=timeline,
        )

    there = Gateway(os.ttyname(port), recording.log_path, timeline, open_shell, process)
    stop, stopped = os.pipe()
    bridge = threading.Thread(target=_carry, args=(line, terminal, stop, there))
    bridge.start()
    try:
        yield there
    finally:
        recorder.close()
        os.write(stopped, b"x")
        bridge.join()
        os.killpg(os.getpgid(process.pid), signal.SIGKILL)
        process.wait()
        timeline.close()
        for each in (line, port, terminal, stop, stopped):
            os.close(each)


def _carry(line: int, terminal: int, stop: int, there: Gateway) -> None:
    while True:
        ready, _, _ = select.select([line, terminal, stop], [], [])
        if stop in ready:
            return
        if line in ready:
            typed = os.read(line, 4096)
            there.heard += typed
            os.write(terminal, there.hears(typed))
        if terminal in ready:
            try:
                said = os.read(terminal, 4096)
            except OSError:
                return
            os.write(line, there.says(said))
