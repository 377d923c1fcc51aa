"""The smallest loop again, with another process between it and the descriptor that only hands on.

What this takes longer than `raw` is what any keeper costs, whatever it does and is written in: two
more processes to wake for each command.
"""

import os
import select
import signal
import socket
import tty

from benchmarks.contestants.raw import READ_BYTES, Raw


class RawThroughAProcess(Raw):
    """`Raw` at one end of a socket, the terminal at the other."""

    def __init__(self, port: str) -> None:
        ours, its = socket.socketpair()
        self._relay = os.fork()
        if not self._relay:
            ours.close()
            _hand_on(port, its)
            os._exit(0)
        its.close()
        self.facts = {"reader": self._relay}
        self._begin(ours.detach())

    def close(self) -> None:
        super().close()
        os.kill(self._relay, signal.SIGTERM)
        os.waitpid(self._relay, 0)


def _hand_on(port: str, end: socket.socket) -> None:
    """Until the other end of the socket is closed."""
    line = os.open(port, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(line)
    poll = select.epoll()
    for descriptor in (line, end.fileno()):
        poll.register(descriptor, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == line:
                end.sendall(os.read(line, READ_BYTES))
            elif data := end.recv(READ_BYTES):
                os.write(line, data)
            else:
                return
