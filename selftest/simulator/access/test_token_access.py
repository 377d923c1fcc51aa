"""The way in of firmware 7 and later, over real TLS."""

import contextlib
import hashlib
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import jwt
import pytest

from hil.simulator.access.tokens import TokenIssuer
from hil.simulator.process import DEFAULT_EPOCH, Running
from hil.simulator.site_file import Access
from selftest.simulator.access.asking import Said, ask, bearer, gateway, let_rig_time_pass

POWER, NETWORK = "/ivp/ensemble/power", "/ivp/zb/status"
SERIAL_NUMBER = "122000000001"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with gateway("8.2.4286", Access.TOKEN) as running:
        yield running


def token(running: Running, role: str = "owner") -> str:
    return running.credentials.tokens[role]


def session(said: Said) -> dict[str, str]:
    """The cookie that an answer has set, as a client sends it back."""
    return {"Cookie": said.headers["set-cookie"].partition(";")[0]}


def test_anybody_may_ask_who_it_is(running: Running) -> None:
    assert ask(running.url, "/info").status == 200
    assert ask(running.url, "/ivp/adc/relaxedparams/add").status != 401


@pytest.mark.parametrize(
    ("role", "path", "method", "status"),
    [
        ("owner", POWER, "GET", 200),
        ("owner", NETWORK, "GET", 401),
        ("owner", "/ivp/peb/rpttemp", "GET", 401),
        ("owner", "/installer/agf/inverters_status", "GET", 401),
        ("owner", "/ivp/zb/provision", "DELETE", 401),
        ("owner", "/ivp/ensemble/relay", "POST", 400),  # an empty body: let in, then refused
        ("owner", "/ivp/ss/pel_settings", "POST", 401),
        ("installer", POWER, "GET", 200),
        ("installer", NETWORK, "GET", 200),
        ("installer", "/ivp/ss/pel_settings", "POST", 400),
    ],
)
def test_a_role_opens_what_it_may(
    running: Running, role: str, path: str, method: str, status: int
) -> None:
    said = ask(running.url, path, method=method, headers=bearer(token(running, role)))
    assert said.status == status


def test_no_token_and_a_weak_role_get_the_same_page(running: Running) -> None:
    nothing = ask(running.url, NETWORK)
    too_weak = ask(running.url, NETWORK, headers=bearer(token(running)))
    assert nothing.body == too_weak.body
    assert nothing.body.startswith(b"<html>\r\n<head><title>401 Authorization Required</title>")
    assert b"'/login.html'" in nothing.body
    assert nothing.headers["content-type"] == "text/html"
    assert "www-authenticate" not in nothing.headers


def test_the_page_of_firmware_7_is_as_long_as_the_captured_one() -> None:
    with gateway("7.3.130", Access.TOKEN) as old:
        said = ask(old.url, POWER, headers=bearer(old.credentials.tokens["owner"]))
        assert (said.status, len(said.body)) == (401, 555)
        assert "x-frame-options" not in said.headers
        assert ask(old.url, POWER, headers=bearer(token(old, "installer"))).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "122000000002"},
        {"exp": DEFAULT_EPOCH - 1},
        {"iss": "somebody"},
        {"enphaseUser": "guest"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_token_whose_claims_are_wrong_is_refused(
    running: Running, change: dict[str, object]
) -> None:
    issuer = TokenIssuer()
    said = {
        "aud": SERIAL_NUMBER,
        "iss": "Entrez",
        "enphaseUser": "owner",
        "exp": DEFAULT_EPOCH + 10**6,
        "jti": "1",
    }
    good = jwt.encode(said, issuer._private_pem, algorithm="ES256")
    bad = jwt.encode({**said, **change}, issuer._private_pem, algorithm="ES256")
    running.simulation.site.access._public_pem, kept = (  # type: ignore[attr-defined]
        issuer.public_pem,
        running.simulation.site.access._public_pem,  # type: ignore[attr-defined]
    )
    try:
        assert ask(running.url, POWER, headers=bearer(good)).status == 200
        assert ask(running.url, POWER, headers=bearer(bad)).status == 401
    finally:
        running.simulation.site.access._public_pem = kept  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["another key", "no signature", "no token"])
def test_what_the_gateway_cannot_verify_is_refused(running: Running, kind: str) -> None:
    foreign = TokenIssuer().token(SERIAL_NUMBER, now_unix=DEFAULT_EPOCH, lasts_s=1000)
    claims = jwt.decode(token(running), options={"verify_signature": False})
    shown = {
        "another key": foreign,
        "no signature": jwt.encode(claims, "", algorithm="none"),
        "no token": "x",
    }[kind]
    assert ask(running.url, POWER, headers=bearer(shown)).status == 401


def test_a_token_buys_a_session(running: Running) -> None:
    bought = ask(running.url, "/auth/check_jwt", headers=bearer(token(running)))
    assert (bought.status, bought.body) == (200, b"<!DOCTYPE html><h2>Valid token.</h2>\n")
    assert bought.headers["set-cookie"].endswith("; Secure; HttpOnly; path=/")
    assert ask(running.url, POWER, headers=session(bought)).status == 200
    assert ask(running.url, NETWORK, headers=session(bought)).status == 401

    posted = ask(running.url, "/auth/check_jwt", method="POST", headers=bearer(token(running)))
    assert posted.status == 200
    assert ask(running.url, "/auth/check_jwt").status == 401


def test_a_session_ends_ten_minutes_after_its_last_use(running: Running) -> None:
    bought = session(ask(running.url, "/auth/check_jwt", headers=bearer(token(running))))
    for _ in range(3):
        let_rig_time_pass(running, 590)
        assert ask(running.url, POWER, headers=bought).status == 200
    let_rig_time_pass(running, 601)
    assert ask(running.url, POWER, headers=bought).status == 401
    assert ask(running.url, POWER, headers=bearer(token(running))).status == 200


def test_a_session_ends_with_the_gateways_power() -> None:
    with gateway("8.2.4286", Access.TOKEN) as rebooted:
        bought = session(ask(rebooted.url, "/auth/check_jwt", headers=bearer(token(rebooted))))
        rebooted.simulation.site.gateway.power_off()
        rebooted.simulation.site.gateway.power_on()
        let_rig_time_pass(rebooted, 300)
        assert ask(rebooted.url, POWER, headers=bought).status == 401
        assert ask(rebooted.url, POWER, headers=bearer(token(rebooted))).status == 200


def test_a_token_ends_by_the_gateways_clock(running: Running) -> None:
    with gateway("8.2.4286", Access.TOKEN) as later:
        assert ask(later.url, POWER, headers=bearer(token(later))).status == 200
        later.simulation.site.world.epoch += 367 * 86400
        assert ask(later.url, POWER, headers=bearer(token(later))).status == 401


def test_later_firmware_sets_a_cookie_on_every_answer(running: Running) -> None:
    assert "set-cookie" not in ask(running.url, POWER, headers=bearer(token(running))).headers
    with gateway("8.3.5289", Access.TOKEN) as later:
        answers = [ask(later.url, POWER, headers=bearer(token(later))) for _ in range(2)]
        assert session(answers[0]) == session(answers[1])
        assert ask(later.url, POWER, headers=session(answers[0])).status == 200
        assert "set-cookie" not in ask(later.url, "/info").headers


def test_plain_http_only_leads_to_https(running: Running) -> None:
    assert running.redirected_url is not None
    said = ask(running.redirected_url, "/ivp/ensemble/power?x=1", headers=bearer(token(running)))
    assert said.status == 301
    assert said.headers["location"] == f"{running.url}/ivp/ensemble/power?x=1"


def test_the_certificate_is_its_own_and_another_one_each_time(running: Running) -> None:
    parts = urlsplit(running.url)
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", parts.port or 0)))
    assert hashlib.sha256(shown).hexdigest() == running.credentials.certificate_sha256
    with gateway("8.2.4286", Access.TOKEN) as other:
        assert other.credentials.certificate_sha256 != running.credentials.certificate_sha256


def test_a_body_that_is_too_large_is_refused_with_a_page_over_tls_too(running: Running) -> None:
    for _ in range(5):  # whether it was cut off depended on how far the body had come
        said = ask(
            running.url,
            "/ivp/ensemble/relay",
            method="POST",
            headers=bearer(token(running)),
            body=b"x" * (8 << 20),
        )
        assert said.status == 413


def test_who_speaks_no_tls_keeps_nobody_waiting(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(running.url).port or 0), timeout=10):
        assert ask(running.url, "/info").status == 200
    with socket.create_connection(("127.0.0.1", urlsplit(running.url).port or 0), timeout=10) as s:
        s.sendall(b"GET /info HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            s.recv(100)
    assert ask(running.url, "/info").status == 200
