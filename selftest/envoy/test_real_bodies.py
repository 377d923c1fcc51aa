"""The client against what real gateways said, wherever those bodies are at hand."""

import json
from collections import Counter
from collections.abc import Callable

import pytest
from pydantic import BaseModel

from hil.envoy.conversation import INFO_PATH
from hil.envoy.document import to_wire
from hil.envoy.info_page import parse_info
from hil.envoy.reading import accept, read
from hil.envoy.shape import drift
from hil.envoy.views import read_as
from hil.errors import HilError, NotAnEnvoy, NotAuthorized, NotOffered
from hil.evidence.redaction import Redactor
from selftest.envoy.real_bodies import (
    COVERAGE,
    VARIABLE,
    RealBody,
    count_bodies,
    coverage,
    real_bodies,
    real_dumps,
)

FOLDER = real_dumps()
BODIES = real_bodies(FOLDER) if FOLDER else []
ANSWERS = [body for body in BODIES if body.is_answer]
DOCUMENTS = [body for body in ANSWERS if body.path != INFO_PATH]
REFUSALS = [body for body in BODIES if not body.is_answer]
REFUSED_AS: dict[int, type[HilError]] = {200: NotAnEnvoy, 401: NotAuthorized, 404: NotOffered}

pytestmark = pytest.mark.skipif(
    FOLDER is None, reason=f"{VARIABLE} names no folder with real bodies"
)


def _read_as(body: RealBody) -> type[BaseModel]:
    model = read_as(body.path)
    assert model is not None
    return model


@pytest.mark.parametrize("body", DOCUMENTS, ids=str)
def test_a_real_body_is_understood_and_nothing_of_it_is_lost(body: RealBody) -> None:
    document = read(
        _read_as(body),
        body.reply,
        firmware=body.firmware,
        gateway=f"envoy {body.directory}",
        redactor=Redactor(),
    )

    assert to_wire(document) == json.loads(body.reply.text)


@pytest.mark.parametrize("body", DOCUMENTS, ids=str)
def test_a_real_body_holds_no_key_and_no_word_that_is_not_described(body: RealBody) -> None:
    assert drift(_read_as(body), json.loads(body.reply.text)) == []


@pytest.mark.parametrize("body", [body for body in ANSWERS if body.path == INFO_PATH], ids=str)
def test_a_real_info_page_is_understood(body: RealBody) -> None:
    info = parse_info(body.reply, gateway=f"envoy {body.directory}", redactor=Redactor())

    assert str(info.firmware) == body.directory.split("_")[0]
    assert info.web_tokens == (info.firmware.numbers[0] >= 7)
    assert "app" in info.packages
    assert info.raw == body.reply.text


@pytest.mark.parametrize("body", REFUSALS, ids=str)
def test_a_real_refusal_is_the_error_that_says_so(body: RealBody) -> None:
    with pytest.raises(REFUSED_AS[body.reply.status]) as caught:
        accept(body.reply, gateway=f"envoy {body.directory}", redactor=Redactor())

    first_line = str(caught.value).splitlines()[0]
    assert first_line.startswith(f"envoy {body.directory}: GET {body.reply.url}: ")


def test_there_are_real_bodies_where_a_folder_is_named(
    record_property: Callable[[str, object], None],
) -> None:
    assert FOLDER is not None
    count = count_bodies(FOLDER)
    record_property("real_bodies", count)
    # A plain dict: the property goes from the process of the test to that of the report.
    by_status = dict(Counter(body.reply.status for body in BODIES))
    record_property("real_bodies_by_status", by_status)

    assert count == len(BODIES) > 0, f"{FOLDER} is there, and holds no body of any endpoint"


def test_the_page_about_coverage_is_in_step_with_the_bodies() -> None:
    assert FOLDER is not None
    assert COVERAGE.read_text() == coverage(FOLDER), (
        f"run `{VARIABLE}={FOLDER} python -m selftest.envoy.real_bodies`"
    )
