"""pyenphase as it comes from the registry, pointed at a simulated gateway in this process.

Unmodified: it is the outside word on whether the simulated gateway is one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from pyenphase import Envoy

from hil.simulator.process import Running
from hil.simulator.site_file import Access

T = TypeVar("T")

AUTHENTICATED_WITHIN_S = 10.0
"""Wall seconds. It tries for ever where TLS fails."""

GENERATIONS = (
    ("5.0.62", Access.DIGEST),
    ("6.2.0", Access.OPEN),
    ("6.2.0", Access.DIGEST),
    ("7.3.517", Access.TOKEN),
    ("7.6.185", Access.TOKEN),
    ("8.1.41", Access.TOKEN),
    ("8.2.127", Access.TOKEN),
    ("8.2.4286", Access.TOKEN),
    ("8.3.5433", Access.TOKEN),
    ("8.3.6086", Access.TOKEN),
)
"""What it supports of what the simulator knows: HTTP and digest before 7, HTTPS and tokens from then on."""

WITH_ENSEMBLE = tuple(each for each in GENERATIONS if each[0] != "5.0.62")


def credentials(running: Running, role: str = "owner") -> dict[str, str]:
    """What a user of this gateway would hand to `authenticate`."""
    if tokens := running.credentials.tokens:
        return {"token": tokens[role]}
    return {"username": "installer"}  # it computes the password itself


def using(running: Running, use: Callable[[Envoy], Awaitable[T]], credentials: dict[str, str]) -> T:
    """Set it up, authenticate it, and do that with it."""

    async def run() -> T:
        client = Envoy(urlsplit(running.url).netloc)
        try:
            await client.setup()
            await asyncio.wait_for(
                client.authenticate(**credentials), timeout=AUTHENTICATED_WITHIN_S
            )
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())
