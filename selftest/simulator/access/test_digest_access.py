"""The way in of firmware before 7, asked by hand as real clients do it."""

import hashlib
import re
from collections.abc import Iterator

import pytest

from hil.errors import RigFileError
from hil.simulator.process import Running
from hil.simulator.site_file import Access, load_site, with_gateway
from selftest.simulator.access.asking import SITE, Said, ask, gateway

INSTALLER = load_site(SITE).gateway.password_of_installer
INVENTORY, NETWORK = "/ivp/ensemble/inventory", "/ivp/zb/status"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with gateway("6.2.0", Access.DIGEST) as running:
        yield running


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def answered(
    running: Running,
    path: str,
    user: str,
    password: str,
    *,
    nonce: str = "",
    count: str = "00000001",
    uri: str = "",
) -> Said:
    """Asked, challenged, and asked once more with the answer to the challenge."""
    challenge = ask(running.url, path).headers["www-authenticate"]
    given = nonce or re.findall(r'nonce="([^"]+)"', challenge)[0]
    uri = uri or path
    owner, asked = md5(f"{user}:enphaseenergy.com:{password}"), md5(f"GET:{uri}")
    response = md5(f"{owner}:{given}:{count}:abc:auth:{asked}")
    proof = (
        f'Digest username="{user}", realm="enphaseenergy.com", nonce="{given}", uri="{uri}", '
        f'qop=auth, nc={count}, cnonce="abc", response="{response}"'
    )
    return ask(running.url, path, headers={"Authorization": proof})


def test_the_challenge_is_that_of_old_firmware(running: Running) -> None:
    said = ask(running.url, INVENTORY)
    assert said.status == 401
    assert said.body == b"<html><body><h2>401 Unauthorized</h2></body></html>"
    assert re.fullmatch(
        r'Digest qop="auth", realm="enphaseenergy.com", nonce="[A-Za-z0-9+/]{27}="',
        said.headers["www-authenticate"],
    )
    assert said.headers["connection"] == "close"
    assert not {"server", "x-frame-options"} & set(said.headers)


@pytest.mark.parametrize("path", ["/info", "/info.xml", "/api/v1/production"])
def test_some_pages_are_open(running: Running, path: str) -> None:
    assert ask(running.url, path).status != 401


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [("envoy", INVENTORY, 200), ("envoy", NETWORK, 401), ("installer", NETWORK, 200)],
)
def test_a_user_opens_what_it_may(running: Running, user: str, path: str, status: int) -> None:
    password = {"envoy": "000001", "installer": INSTALLER}[user]
    assert answered(running, path, user, password).status == status


def test_the_nonce_count_may_begin_at_zero(running: Running) -> None:
    assert answered(running, INVENTORY, "envoy", "000001", count="00000000").status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "000002"},
        {"user": "nobody"},
        {"nonce": "bm9uY2Ugb2YgYSB0ZXN0MTIzNDU="},
        {"nonce": "§"},
        {"uri": "/ivp/ensemble/power"},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_a_wrong_proof_is_challenged_again(running: Running, wrong: dict[str, str]) -> None:
    said = answered(running, INVENTORY, **{"user": "envoy", "password": "000001", **wrong})
    assert said.status == 401
    assert "www-authenticate" in said.headers


@pytest.mark.parametrize(
    ("firmware", "access", "wanted"),
    [("5.0.62", "token", "digest"), ("8.3.5433", "digest", "token")],
)
def test_a_way_in_of_another_firmware_is_refused(firmware: str, access: str, wanted: str) -> None:
    with pytest.raises(RigFileError, match=f"firmware {firmware} lets in by {wanted}"):
        with_gateway(load_site(SITE), firmware=firmware, access=access)
