"""A gateway that is busy, hangs or will not let us in: asked again with a budget where that helps,
never the product's fault, and never a silent pass.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.clock import JumpingClock
from hil.envoy.client import Envoy
from hil.envoy.conversation import ASK_AGAIN_S, PATIENCE_S
from hil.errors import (
    Changed,
    HilError,
    NotAnEnvoy,
    NotAuthorized,
    NotInTime,
    Silent,
    Unavailable,
    Unreachable,
    Unseen,
)
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.plugin.blame import blame
from hil.transports.http import Http
from hil.vocabulary.blame import Blame
from hil.waiting import UNSEEN_S, Waiting
from selftest.envoy import made_up
from selftest.envoy.made_up import written
from selftest.transports.scripted_server import Heard, Misbehave, Say, serving

RELAY = "/ivp/ensemble/relay"
OPEN, CLOSED = made_up.relay(mains_oper_state="open"), made_up.relay()
PAGE = Say("<html><title>504 Gateway Time-out</title></html>", 504, {"Content-Type": "text/html"})

Answer = Callable[[Heard, float], Say | Misbehave | None]
"""What is said to a request at a moment in rig time; None: the relay, as it is."""


class Asked:
    """A client with a run's patience, and a gateway that answers by rig time."""

    def __init__(self, envoy: Envoy, clock: JumpingClock, heard: list[Heard]) -> None:
        self.envoy, self.clock, self._heard = envoy, clock, heard

    @property
    def times(self) -> int:
        """How often the relay was asked for, or told something."""
        return sum(heard.path == RELAY for heard in self._heard)


@contextmanager
def a_gateway(
    directory: Path, answer: Answer, *, opens_at_s: float = float("inf")
) -> Iterator[Asked]:
    clock = JumpingClock()

    def script(heard: Heard) -> Say | Misbehave:
        if heard.path == "/info":
            return Say(made_up.info())
        said = answer(heard, clock.now())
        relay = OPEN if clock.now() >= opens_at_s else CLOSED
        return Say(json.dumps(relay)) if said is None else said

    with (
        Timeline(directory / "timeline.jsonl", now=clock.now, redactor=Redactor()) as timeline,
        serving(script) as server,
        Http(server.url, clock=clock, timeline=timeline, wall_floor_s=0.2) as http,
    ):
        yield Asked(Envoy(http, patience_s=PATIENCE_S), clock, server.heard)


def during(from_s: float, to_s: float, instead: Say | Misbehave = PAGE) -> Answer:
    """Something else is said from one moment to the other."""
    return lambda heard, now_s: instead if from_s <= now_s < to_s else None


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_busy_gateway_is_asked_again_and_the_timeline_has_each_time(
    status: int, tmp_path: Path
) -> None:
    with a_gateway(tmp_path, during(0, 90, Say("busy", status))) as asked:
        assert asked.envoy.ensemble.relay().mains_oper_state == "closed"
        assert asked.clock.now() == 90
        assert asked.times == 90 / ASK_AGAIN_S + 1
    assert written(tmp_path).count(f"GET {RELAY}: {status}; asked again in 5 s") == 90 / ASK_AGAIN_S


def test_a_gateway_that_stays_busy_is_the_rigs_trouble_once_patience_is_over(
    tmp_path: Path,
) -> None:
    with a_gateway(tmp_path, during(0, 1e9)) as asked:
        with pytest.raises(Unavailable, match="504") as caught:
            asked.envoy.ensemble.relay()
        assert asked.clock.now() == PATIENCE_S
    assert blame(caught.value, phase="call") is Blame.RIG


def test_one_that_hangs_is_asked_again_too(tmp_path: Path) -> None:
    said: list[Say | Misbehave | None] = [Misbehave.HANG, None]
    with a_gateway(tmp_path, lambda heard, now_s: said.pop(0)) as asked:
        assert asked.envoy.ensemble.relay().mains_oper_state == "closed"
        assert asked.times == 2
    assert "no answer in time; asked again" in written(tmp_path)


def test_a_question_that_nobody_waits_for_is_not_repeated(tmp_path: Path) -> None:
    with a_gateway(tmp_path, during(0, 1e9, Misbehave.HANG)) as asked:
        with pytest.raises(Silent):
            asked.envoy.view(RELAY)
        assert asked.times == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Say("<html>401 Authorization Required</html>", 401, {"Content-Type": "text/html"}), NotAuthorized),
        (Say("<html>Sign in</html>", 200, {"Content-Type": "text/html"}), NotAnEnvoy),
        (Misbehave.BABBLE, Unreachable),
    ],
    ids=["401 as HTML", "a login page", "no HTTP"],
)  # fmt: skip
def test_what_asking_again_does_not_help_is_asked_once_and_is_the_rigs(
    answer: Say | Misbehave, error: type[HilError], tmp_path: Path
) -> None:
    with a_gateway(tmp_path, during(0, 1e9, answer)) as asked:
        with pytest.raises(error) as caught:
            asked.envoy.ensemble.relay()
        assert (asked.times, asked.clock.now()) == (1, 0)
    assert blame(caught.value, phase="call") is Blame.RIG


def test_a_command_is_never_sent_twice(tmp_path: Path) -> None:
    with a_gateway(tmp_path, during(0, 1e9)) as asked:
        with pytest.raises(Unavailable):
            asked.envoy.ensemble.open_relay()
        assert asked.times == 1


# What a wait makes of a hole in what can be seen.


def oper(asked: Asked) -> str:
    return str(asked.envoy.ensemble.relay().mains_oper_state)


def test_a_hole_that_ends_in_time_costs_a_wait_nothing(tmp_path: Path) -> None:
    with a_gateway(tmp_path, during(10, 80), opens_at_s=27) as asked:
        seen = Waiting(asked.clock, unseen_s=UNSEEN_S).until(
            lambda: oper(asked), lambda word: word == "open", what="it opens", within_s=90
        )
    assert seen == "open"


def test_what_is_so_long_after_its_budget_behind_a_hole_is_no_pass_and_no_failure(
    tmp_path: Path,
) -> None:
    with (
        a_gateway(tmp_path, during(50, 160), opens_at_s=27) as asked,
        pytest.raises(Unseen, match="90 s are allowed, and nobody could look") as caught,
    ):
        Waiting(asked.clock, unseen_s=UNSEEN_S).until(
            lambda: oper(asked), lambda word: word == "open", what="it opens", within_s=90,
            every_s=50,
        )  # fmt: skip
    assert blame(caught.value, phase="call") is Blame.RIG


def test_what_is_not_so_behind_the_hole_is_the_products_failure(tmp_path: Path) -> None:
    with a_gateway(tmp_path, during(50, 160)) as asked, pytest.raises(NotInTime) as caught:
        Waiting(asked.clock, unseen_s=UNSEEN_S).until(
            lambda: oper(asked), lambda word: word == "open", what="it opens", within_s=90,
            every_s=50,
        )  # fmt: skip
    assert blame(caught.value, phase="call") is Blame.PRODUCT


def test_what_has_to_stay_is_not_seen_to_stay_through_a_hole(tmp_path: Path) -> None:
    with (
        a_gateway(tmp_path, during(50, 110)) as asked,
        pytest.raises(Unseen, match="nobody could look for 60 s, from 50 s of 600 s on") as caught,
    ):
        Waiting(asked.clock, unseen_s=UNSEEN_S).stays(
            lambda: oper(asked), lambda word: word == "closed", what="it stays", for_s=600
        )
    assert blame(caught.value, phase="call") is Blame.RIG


def test_what_has_changed_behind_a_hole_has_changed(tmp_path: Path) -> None:
    with a_gateway(tmp_path, during(50, 110), opens_at_s=60) as asked, pytest.raises(Changed):
        Waiting(asked.clock, unseen_s=UNSEEN_S).stays(
            lambda: oper(asked), lambda word: word == "closed", what="it stays", for_s=600
        )
