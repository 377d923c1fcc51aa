"""How long a token lasts, as it says itself."""

import base64
import json

import pytest

from hil.rig.health.check import State
from hil.rig.health.gateway import token_check
from hil.rig.loading import load_rig
from hil.rig.rig_file import RigFile
from hil.transports.http_auth import Bearer, Digest, NoAuth
from hil.vocabulary.secret import Secret
from selftest.suite_runs import ROOT

NOW = 1_748_865_600
DAY = 86_400


def bench() -> RigFile:
    description = load_rig("bench-example", ROOT / "rigs")
    assert isinstance(description, RigFile)
    return description


def token(**claims: object) -> Bearer:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "ES256"}, claims)
    ]
    return Bearer(Secret(".".join([*parts, "c2lnbmF0dXJl"])))


SERIAL = bench().envoy.serial_number


@pytest.mark.parametrize(
    ("auth", "state", "says"),
    [
        (token(aud=SERIAL, exp=NOW + 300 * DAY), State.OK, "lasts for 300 d more (2026-03-29"),
        (token(aud=SERIAL, exp=NOW + 5 * 3600), State.WARN, "lasts for 5 h more"),
        (token(aud=SERIAL, exp=NOW - 3 * DAY), State.RED, "ended 3 d ago (2025-05-30 12:00 UTC)"),
        (token(aud="122000009999", exp=NOW + DAY), State.RED, "was made for gateway 122000009999"),
        (token(aud=SERIAL), State.OK, "does not say when it ends"),
        (token(aud=SERIAL, exp="soon"), State.OK, "does not say when it ends"),
        (Bearer(Secret("eyJ.no-base64-at-all.x")), State.OK, "does not say when it ends"),
        (Bearer(Secret("opaque")), State.OK, "does not say when it ends"),
        (Digest("installer", Secret("a password")), State.OK, "none: digest as installer"),
        (NoAuth(), State.UNSEEN, "could not be read"),
    ],
    ids=lambda value: "" if isinstance(value, State) else None,
)
def test_it_says_so(auth: Bearer | Digest | NoAuth, state: State, says: str) -> None:
    check = token_check(bench(), auth, NOW)

    assert check.state is state, check
    assert says in check.seen
    assert bool(check.todo) == (state in (State.WARN, State.RED))
