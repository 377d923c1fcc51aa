"""Whom the simulated gateway keeps out, as pyenphase sees it; and what on this machine it does not use."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pyenphase import Envoy, EnvoyData
from pyenphase.exceptions import EnvoyAuthenticationError, EnvoyAuthenticationRequired

from hil.simulator.access.tokens import TokenIssuer
from hil.simulator.process import DEFAULT_EPOCH, Running
from hil.simulator.site_file import Access
from selftest.clients.pyenphase_client import credentials, using
from selftest.simulator.access.asking import gateway
from selftest.transports.scripted_server import Say, serving

SERIAL_NUMBER = "122000000001"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with gateway("8.2.4286", Access.TOKEN) as running:
        yield running


async def update(client: Envoy) -> EnvoyData:
    return await client.update()


@pytest.mark.parametrize(
    "token",
    [
        "no token at all",
        TokenIssuer().token(SERIAL_NUMBER, now_unix=DEFAULT_EPOCH, lasts_s=86400),
    ],
    ids=["no token", "signed by another"],
)
def test_a_wrong_token(running: Running, token: str) -> None:
    with pytest.raises(EnvoyAuthenticationError, match="Unable to verify token"):
        using(running, update, {"token": token})


@pytest.mark.parametrize(
    ("serial_number", "lasts_s"), [(SERIAL_NUMBER, -60.0), ("122000000002", 86400.0)]
)
def test_a_token_that_has_ended_or_is_another_gateways(
    running: Running, monkeypatch: pytest.MonkeyPatch, serial_number: str, lasts_s: float
) -> None:
    issuer = TokenIssuer()
    monkeypatch.setattr(running.simulation.site.access, "_public_pem", issuer.public_pem)
    good = issuer.token(SERIAL_NUMBER, now_unix=DEFAULT_EPOCH, lasts_s=86400)
    assert using(running, update, {"token": good}).encharge_inventory
    bad = issuer.token(serial_number, now_unix=DEFAULT_EPOCH, lasts_s=lasts_s)
    with pytest.raises(EnvoyAuthenticationError, match="Unable to verify token"):
        using(running, update, {"token": bad})


@pytest.mark.parametrize("user", ["envoy", "somebody"])
def test_a_wrong_password(user: str) -> None:
    """It says nothing of it, and is left with the one page that is open to everybody."""
    with gateway("6.2.0", Access.DIGEST) as running:
        data = using(running, update, {"username": user, "password": "wrong"})
        assert list(data.raw) == ["/api/v1/production"]


def test_an_owner_of_early_firmware_7_is_shut_out_of_ensemble_and_an_installer_is_not() -> None:
    """As in the capture of 7.3.130: inventory for everybody, power and settings not."""
    with gateway("7.3.130", Access.TOKEN) as running:
        with pytest.raises(EnvoyAuthenticationRequired, match="401"):
            using(running, update, credentials(running))
        assert using(running, update, credentials(running, "installer")).encharge_power


def test_an_open_gateway_of_firmware_7_has_no_way_in_for_it() -> None:
    """From 7 on it checks tokens over HTTPS only, which a gateway on its own loopback does not speak; it
    would try for ever."""
    with gateway("8.2.127", Access.OPEN) as running:
        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(_authenticate_for_a_moment(running.url))
        assert not running.simulation.site.rest_hits["GET", "/auth/check_jwt"]


async def _authenticate_for_a_moment(url: str) -> None:
    client = Envoy(urlsplit(url).netloc)
    try:
        await client.setup()
        await asyncio.wait_for(client.authenticate(token="any"), timeout=0.5)
    finally:
        await client.close()


def test_any_certificate_will_do_for_it(running: Running) -> None:
    """So nothing that it does proves the certificate; the suite's own client pins it."""
    with gateway("8.2.4286", Access.TOKEN) as other:
        assert running.credentials.certificate_sha256 != other.credentials.certificate_sha256
        for each in (running, other):
            assert using(each, update, credentials(each)).encharge_inventory


@pytest.mark.parametrize("firmware", ["6.2.0", "8.2.4286"])
def test_netrc_and_proxies_of_this_machine_are_not_used(
    firmware: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login envoy password somebody-elses\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    asked = threading.Event()

    def proxy(_: object) -> Say:
        asked.set()
        return Say("a proxy", 502)

    access = Access.TOKEN if firmware[0] == "8" else Access.DIGEST
    with serving(proxy) as server, gateway(firmware, access) as running:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, server.url)
            monkeypatch.setenv(name.upper(), server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert using(running, update, credentials(running)).encharge_inventory
    assert not asked.is_set()
