"""A TCP port of 127.0.0.1 that stays ours while nobody listens there.

A free port that is only remembered may be given to any connection on this machine, as its own end: then
nobody can listen there any more, and a client that keeps trying can even be connected to itself.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


def hold() -> socket.socket:
    """A socket that holds a port until it is closed; `socket.create_server` may listen there."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


def number_of(held: socket.socket) -> int:
    """The port that is held."""
    return int(held.getsockname()[1])


@contextmanager
def held_ports(count: int) -> Iterator[list[int]]:
    """So many ports, held while the block lasts. Who connects is refused until somebody listens."""
    with ExitStack() as stack:
        yield [number_of(stack.enter_context(hold())) for _ in range(count)]


@contextmanager
def held_port() -> Iterator[int]:
    """One such port."""
    with held_ports(1) as (port,):
        yield port
