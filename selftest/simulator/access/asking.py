"""Asking a simulator's ports by hand: what is sent and what comes back, and nothing between."""

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hil.simulator.process import Running, simulator
from hil.simulator.site_file import Access, load_site, with_gateway

SITE = Path(__file__).parents[3] / "sites" / "split-phase.yaml"


@dataclass(frozen=True)
class Said:
    """An answer. Headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@contextmanager
def gateway(firmware: str, access: Access, site: str = SITE.stem) -> Iterator[Running]:
    """A simulator in virtual time."""
    file = SITE.with_stem(site)
    truth = with_gateway(load_site(file), firmware=firmware, access=access)
    with simulator(truth, speed=None) as running:
        yield running


def ask(
    url: str,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Said:
    """One request on a connection of its own. The certificate is not looked at."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    if parts.scheme == "https":
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=10, context=blind
        )
    else:
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        line.request(method, path, body=body, headers=dict(headers or {}))
        answer = line.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Said(answer.status, names, answer.read())
    finally:
        line.close()


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}


def let_rig_time_pass(running: Running, seconds: float) -> None:
    """As whoever owns the simulator's clock does."""
    simulation = running.simulation
    simulation.advance(simulation.site.world.now_s + seconds, stop_on=(), written={})
