"""Nonsense at everything that can be written: refused, nothing changed, and the gateway is alive."""

import json
from collections.abc import Iterator

import pytest

from hil.envoy.client import Envoy
from hil.errors import Refused, SuiteError
from hil.plugin.promises import Promise
from hil.vocabulary.endpoints import WRITABLE, Writable
from hil.waiting import Waiting
from tests.gateway.nonsense import HUGE, KINDS, NONSENSE, Nonsense, WithExtraKey


def reading(envoy: Envoy, written: Writable) -> tuple[int, str]:
    """What stands where it would show, without what moves by itself there."""
    reply, only = envoy.view(written.shown_at), NONSENSE[str(written)].compared
    moving = ("last_updated", '"date"', "Progress")
    lines = [
        line
        for line in reply.text.splitlines()
        if only in line and not any(word in line for word in moving)
    ]
    return reply.status, "\n".join(lines)


@pytest.fixture
def path(written: Writable, envoy: Envoy) -> str:
    """Where it is on this gateway; a firmware or a site that has nothing there has nothing to be tested."""
    path = written.path
    if "<eid>" in path:
        meters = envoy.meters.read().root
        if not meters:
            pytest.skip("the gateway has no meters")
        path = path.replace("<eid>", str(meters[0].eid))
    if written.takes_body and envoy.send(written.method, path, b"{").status == 404:
        pytest.skip(f"{written}: this firmware or site has nothing there")
    return path


def at_rest(envoy: Envoy, written: Writable, promise: Promise, wait: Waiting) -> tuple[int, str]:
    """What stands there, once nothing of it moves any more."""
    if NONSENSE[str(written)].settles:
        wait.clock.sleep(promise["contacts_settle_s"])
    before = reading(envoy, written)
    if before[0] not in (200, 404):
        raise SuiteError(f"{written.shown_at}: answers {before[0]}, so nothing can be told")
    return before


def refusal(envoy: Envoy, written: Writable, path: str, body: bytes) -> Refused | None:
    """How the gateway refuses `body`, as its client tells it; None where it does not."""
    says_no = NONSENSE[str(written)].says_no
    try:
        said = envoy.command(written.method, path, body)
    except Refused as refused:
        return refused
    if says_no and says_no in said.text:
        return Refused("in words", status=400, body=said.text)
    return None


def each_kind(nonsense: Nonsense) -> Iterator[tuple[str, bytes]]:
    for kind in KINDS:
        for body in getattr(nonsense, kind):
            yield kind, body
    yield "huge", HUGE


@pytest.mark.promise("GW-001")
@pytest.mark.parametrize("written", [each for each in WRITABLE if each.takes_body], ids=str)
def test_nonsense_is_refused_and_changes_nothing(
    written: Writable, path: str, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    nonsense = NONSENSE[str(written)]
    before = at_rest(envoy, written, promise, wait)

    for kind, body in each_kind(nonsense):
        refused = refusal(envoy, written, path, body)

        shown = f"gateway: {written}, {kind}: {body[:60]!r} ({len(body)} bytes)"
        assert refused is not None, f"{shown}: taken"
        worst = 599 if body in nonsense.stumbles else 499
        assert 400 <= refused.status <= worst, f"{shown}: {refused}"
        assert refused.body, f"{shown}: {refused.status}, and not a word why"
        assert reading(envoy, written) == before, f"{shown}: refused, and something changed"
    if nonsense.with_extra_key is not None:
        keeps_no_other_key(envoy, written, path, before, nonsense.with_extra_key)
    assert envoy.answers(), f"gateway: does not answer after nonsense at {written}"


def keeps_no_other_key(
    envoy: Envoy,
    written: Writable,
    path: str,
    before: tuple[int, str],
    with_extra_key: WithExtraKey,
) -> None:
    """See that what stands there now, sent with a key that nobody knows, changes nothing: whether it is
    refused or taken without it is left to the gateway.
    """
    body = json.dumps(with_extra_key(json.loads(envoy.view(written.shown_at).text))).encode()

    said = envoy.send(written.method, path, body)

    shown = f"gateway: {written} with one key more ({body[:60]!r}…)"
    assert said.status < 500, f"{shown}: {said.status} {said.text[:200]!r}"
    assert reading(envoy, written) == before, f"{shown}: {said.status}, and something changed"


@pytest.mark.promise("GW-001")
@pytest.mark.parametrize(
    "written", [each for each in WRITABLE if NONSENSE[str(each)].queries], ids=str
)
def test_a_nonsensical_query_is_refused_and_changes_nothing(
    written: Writable, envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    before = at_rest(envoy, written, promise, wait)
    for query in NONSENSE[str(written)].queries:
        said = envoy.send(written.method, f"{written.path}{query}", b"")

        shown = f"gateway: {written}{query}"
        assert 300 <= said.status < 500, f"{shown}: {said.status} {said.text[:200]!r}"
        assert reading(envoy, written) == before, f"{shown}: refused, and something changed"
    assert envoy.answers(), f"gateway: does not answer after nonsense at {written}"


@pytest.mark.promise("GW-001")
def test_a_method_that_is_none_there_is_refused(envoy: Envoy) -> None:
    for path in dict.fromkeys(each.path.replace("<eid>", "704643328") for each in WRITABLE):
        with pytest.raises(Refused) as refused:
            envoy.command("PATCH", path, b"{}")

        status = refused.value.status
        assert status in (400, 404, 405, 501), f"gateway: PATCH {path}: {status}"
    assert envoy.answers(), "gateway: does not answer after methods that are none"
