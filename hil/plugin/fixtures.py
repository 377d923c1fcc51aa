"""The ladder of nouns every product test stands on: rig → devices → (in tests/) worlds."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

from hil.clock import Clock
from hil.errors import HilError, LeftAMess, RigOut, SuiteError
from hil.evidence import allure_report
from hil.evidence.measurement import Measure, Measurement
from hil.evidence.timeline import TEST_BEGINS, TEST_ENDED, Event, Kind
from hil.plugin.hooks import TEST_PASSED
from hil.plugin.limits import limit_s
from hil.plugin.markers import needed, promise_id
from hil.plugin.promises import Promise
from hil.plugin.reporting import WaitTeller, tell_action
from hil.plugin.run import RUN
from hil.plugin.spans import told_span
from hil.vocabulary.capabilities import Capability
from hil.waiting import UNSEEN_S, Waiting

if TYPE_CHECKING:
    from hil.consoles.encharge import Encharge
    from hil.consoles.enpower import Enpower
    from hil.consoles.gateway_shell import GatewayShell
    from hil.envoy.client import Envoy
    from hil.equipment.ac_source import AcSource
    from hil.equipment.power_switch import PowerSwitch
    from hil.rig.faults import Faults
    from hil.rig.rig import Rig
    from hil.rig.rig_file import InverterEntry
    from hil.rig.ways_in import WaysIn


def _skip_lacking(rig: "Rig", *lacking: str) -> NoReturn:
    """As for a test that is marked with what it needs."""
    pytest.skip(f"rig {rig.description.name} cannot do: {', '.join(lacking)}")


@pytest.fixture(scope="session")
def rig(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator["Rig"]:
    """The rig under test: opens at the first test that needs it, closes after the last.

    One that does not open ends the run: the other tests would say the same, one by one.
    """
    # Imported here: drivers cost a second, which --collect-only and selftests need not pay.
    from hil.rig.rig import open_rig

    run = pytestconfig.stash[RUN]
    if run.description is None:
        raise SuiteError("no rig file was read: product tests belong to the folder tests/")
    with ExitStack() as stack:
        try:
            rig = stack.enter_context(
                open_rig(
                    run.description,
                    seed=run.seed,
                    directory=run.directory,
                    on_wait=WaitTeller(run),
                    on_look=run.ending.look,
                    defects=run.defects,
                )
            )
        except HilError as error:
            run.unopened = error
            run.ended_by = run.scrub(f"the rig did not open: {error}")
            request.session.shouldstop = "the rig did not open"
            raise
        _listen(rig)
        yield rig
        closes_s = time.monotonic()
    run.closing_s = time.monotonic() - closes_s


def _listen(rig: "Rig") -> None:
    """Tell what is done and what has changed, each as it is."""
    from hil.rig.states import StateTeller
    from hil.rig.watched import WatchedRig

    dialects = {node.name: node.console.dialect for node in rig.nodes}
    states = StateTeller(WatchedRig(dialects), rig.timeline)

    def listen(event: Event) -> None:
        tell_action(event)
        states.take(event)

    for event in rig.timeline.since(0):
        states.take(event)
    rig.timeline.listener = listen


@pytest.fixture(scope="session")
def envoy(rig: "Rig") -> "Envoy":
    """The gateway's REST interface, by resource."""
    return rig.envoy


@pytest.fixture(scope="session")
def enpower(rig: "Rig") -> "Enpower":
    """The system switch, by its serial console; a rig without one cannot run the test."""
    if rig.enpower is None:
        _skip_lacking(rig, "enpower")
    return rig.enpower


@pytest.fixture(scope="session")
def encharges(rig: "Rig") -> tuple["Encharge", ...]:
    """Every battery, by its serial console, in the order of the rig file."""
    return rig.encharges


@pytest.fixture(scope="session")
def encharge(encharges: tuple["Encharge", ...]) -> "Encharge":
    """The first battery."""
    return encharges[0]


@pytest.fixture(scope="session")
def ac_source(rig: "Rig") -> "AcSource":
    """The AC source that plays the grid: the only way to an outage."""
    if rig.ac_source is None:
        _skip_lacking(rig, "grid_source")
    return rig.ac_source


@pytest.fixture(scope="session")
def power_switch(rig: "Rig") -> "PowerSwitch":
    """The outlets of the bench, by serial number: the only way to a power cut."""
    if rig.power_switch is None:
        _skip_lacking(rig, "power_switch")
    return rig.power_switch


@pytest.fixture
def faults(rig: "Rig") -> Iterator["Faults"]:
    """Every fault of wires and site; what of it is still on when the test ends is lifted then.

    A fault that this rig has no actor or no wire for skips the test.
    """

    def skip(capability: Capability) -> NoReturn:
        _skip_lacking(rig, capability)

    rig.faults.when_lacking(skip)
    yield rig.faults
    rig.faults.end_all()


@pytest.fixture(scope="session")
def gateway_shell(rig: "Rig") -> "GatewayShell":
    """A shell on the gateway: commands, files, its wireless network."""
    if rig.gateway_shell is None:
        _skip_lacking(rig, "gateway_shell")
    return rig.gateway_shell


@pytest.fixture(scope="session")
def ways_in(rig: "Rig") -> "WaysIn":
    """Other clients of the gateway: nobody, with another token, by a session."""
    if rig.ways_in is None:
        _skip_lacking(rig, "token_access")
    return rig.ways_in


@pytest.fixture(scope="session")
def inverters(rig: "Rig") -> tuple["InverterEntry", ...]:
    """Every microinverter the rig file names: serial number and eid."""
    return rig.inverters


@pytest.fixture(scope="session")
def clock(rig: "Rig") -> Clock:
    """Rig time."""
    return rig.clock


@pytest.fixture(scope="session")
def wait(rig: "Rig", pytestconfig: pytest.Config) -> Waiting:
    """Waiting in rig time; each wait is told on the timeline and as a step of the report."""
    return Waiting(rig.clock, WaitTeller(pytestconfig.stash[RUN]), unseen_s=UNSEEN_S)


@pytest.fixture
def promise(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Promise:
    """The promise this test is marked with: `promise["open_within_s"]`, `promise.sentence`."""
    marked = promise_id(request.node)
    if marked is None:
        raise SuiteError(f'{request.node.name}: no promise; mark it @pytest.mark.promise("ZB-021")')
    return pytestconfig.stash[RUN].promises[marked]


@pytest.fixture(scope="session")
def step(
    rig: "Rig", pytestconfig: pytest.Config
) -> Callable[[str], AbstractContextManager[object]]:
    """`with step("seal the site"):` a step of the report, noted on the timeline too."""

    @contextmanager
    def noted(title: str) -> Iterator[object]:
        rig.timeline.note("suite", Kind.STEP, title)
        with (
            told_span(pytestconfig.stash[RUN], title, of="step"),
            allure_report.step(title) as told,
        ):
            yield told

    return noted


@pytest.fixture(scope="session")
def measured(rig: "Rig", pytestconfig: pytest.Config) -> Measure:
    """`assert measured("…: power apart", apart_w, "W", at_most=promise["apart_w"]).held, "…"`.

    How long something takes `wait` measures by itself.
    """

    def take(
        name: str,
        value: float,
        unit: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Measurement:
        found = Measurement.limited(name, value, unit, at_least=at_least, at_most=at_most)
        event = rig.timeline.note(
            "suite",
            Kind.STEP,
            f"measured {name}: {found.in_words()}",
            measured=name,
            value=value,
            unit=unit,
            at_least=at_least,
            at_most=at_most,
            held=found.held,
        )
        pytestconfig.stash[RUN].measured(event)
        return found

    return take


@pytest.fixture(autouse=True)
def rig_as_found(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[None]:
    """Around every test on the rig: what it needs is there, and afterwards all is as it was.

    Being autouse it is set up before the test's other fixtures, and cleaned up after them. Worlds
    must be function-scoped: what a wider one changed would be put back under it.
    """
    wanted = needed(request.node)
    if not wanted and "rig" not in request.fixturenames:
        yield
        return
    rig: Rig = request.getfixturevalue("rig")
    if lacking := sorted(wanted - {str(each) for each in rig.description.capabilities}):
        _skip_lacking(rig, *lacking)
    if rig.out is not None:
        raise RigOut(rig.out, since=rig.out_since)
    name = request.node.name
    rig.timeline.note("suite", Kind.STEP, f"{TEST_BEGINS}{request.node.nodeid}")
    rig.set_limit(limit_s(request.node), name)
    yield
    if not rig.is_open:  # Ctrl-C during a clean-up: pytest closes the rig first, which puts it back
        return
    try:
        put_back = rig.baseline.restore()
    except Exception as error:
        rig.take_out(f"{type(error).__name__} after {name}: {error}")
        raise
    rig.timeline.note("suite", Kind.STEP, f"{TEST_ENDED}{name}; the rig is as it was found")
    mess = "; ".join(str(each) for each in put_back if each.commanded)
    if mess and request.node.stash.get(TEST_PASSED, False):
        raise LeftAMess(f"{name} passed and left the rig changed (put back now): {mess}")
