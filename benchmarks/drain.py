"""`python -m benchmarks.drain FOLDER PORT…`: read every port and write what comes, nothing else."""

import os
import select
import sys
import tty
from pathlib import Path

READ_BYTES = 1 << 16


def main() -> None:
    folder, *ports = sys.argv[1:]
    poll = select.epoll()
    logs = {}
    for number, port in enumerate(ports):
        line = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(line)
        poll.register(line, select.EPOLLIN)
        path = Path(folder) / f"{number:03d}.log"
        logs[line] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for line, _ in poll.poll():
            if line not in logs:
                return
            os.write(logs[line], os.read(line, READ_BYTES))


if __name__ == "__main__":
    main()
