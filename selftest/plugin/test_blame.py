"""Whose fault: every combination of what is raised and in which phase."""

import itertools

import pytest

from hil import errors
from hil.plugin.blame import Phase, blame
from hil.vocabulary.blame import Blame

PHASES: tuple[Phase, ...] = ("setup", "call", "teardown")


def _fail(message: str) -> BaseException:
    with pytest.raises(pytest.fail.Exception) as caught:
        pytest.fail(message)
    return caught.value


def _exit() -> BaseException:
    with pytest.raises(pytest.exit.Exception) as caught:
        pytest.exit("enough")
    return caught.value


PRODUCT = errors.NotInTime("node 122000000131 joined", within_s=60, history=[])
RIG = errors.Unreachable("envoy: nothing answers")
SUITE = errors.LeftAMess("it left a mess")

# what is raised: (in set-up, in the test, in clean-up)
TABLE: dict[str, tuple[BaseException, tuple[str, str, str]]] = {
    "SuiteError": (SUITE, ("suite", "suite", "suite")),
    "RigFileError": (errors.RigFileError("no such key"), ("suite", "suite", "suite")),
    "RigError": (RIG, ("rig", "rig", "rig")),
    "RigOut": (errors.RigOut("stuck"), ("rig", "rig", "rig")),
    "OutOfTime": (errors.OutOfTime("7200 s used up"), ("rig", "rig", "rig")),
    "ProductError": (PRODUCT, ("rig", "product", "rig")),
    "Changed": (errors.Changed("relay changed"), ("rig", "product", "rig")),
    "AssertionError": (AssertionError("1 == 2"), ("rig", "product", "rig")),
    "pytest.fail": (_fail("no refusal"), ("rig", "product", "rig")),
    "pytest-timeout": (_fail("Timeout (>120.0s) from pytest-timeout."), ("rig", "rig", "rig")),
    "KeyError": (KeyError("mains"), ("suite", "suite", "suite")),
    "OSError": (OSError("no such file"), ("suite", "suite", "suite")),
    "HilError": (errors.HilError("of no branch"), ("suite", "suite", "suite")),
    "KeyboardInterrupt": (KeyboardInterrupt(), ("aborted", "aborted", "aborted")),
    "SystemExit": (SystemExit(3), ("aborted", "aborted", "aborted")),
    "pytest.exit": (_exit(), ("aborted", "aborted", "aborted")),
    "group of product": (
        ExceptionGroup("two", [PRODUCT, AssertionError()]),
        ("rig", "product", "rig"),
    ),
    "group of product and rig": (ExceptionGroup("two", [PRODUCT, RIG]), ("rig", "rig", "rig")),
    "group of product and suite": (
        ExceptionGroup("two", [PRODUCT, SUITE]),
        ("rig", "suite", "rig"),
    ),
    "group of rig and suite": (ExceptionGroup("two", [SUITE, RIG]), ("rig", "rig", "rig")),
    "group of suite": (ExceptionGroup("one", [KeyError("x")]), ("suite", "suite", "suite")),
    "group in a group": (
        ExceptionGroup("outer", [ExceptionGroup("inner", [PRODUCT]), PRODUCT]),
        ("rig", "product", "rig"),
    ),
    "group with an abort": (
        BaseExceptionGroup("two", [RIG, KeyboardInterrupt()]),
        ("aborted", "aborted", "aborted"),
    ),
}

CASES = [
    pytest.param(error, phase, Blame(expected), id=f"{name} in {phase}")
    for name, (error, row) in TABLE.items()
    for phase, expected in zip(PHASES, row, strict=True)
]


@pytest.mark.parametrize(("error", "phase", "expected"), CASES)
def test_blame_follows_from_exception_and_phase(
    error: BaseException, phase: Phase, expected: Blame
) -> None:
    assert blame(error, phase=phase) is expected


def _leaves(branch: type[BaseException]) -> set[type[BaseException]]:
    return {branch}.union(*(_leaves(each) for each in branch.__subclasses__()))


@pytest.mark.parametrize(
    ("branch", "in_the_test"),
    [
        (errors.SuiteError, Blame.SUITE),
        (errors.RigError, Blame.RIG),
        (errors.ProductError, Blame.PRODUCT),
    ],
)
def test_every_leaf_of_a_branch_is_blamed_as_its_branch(
    branch: type[BaseException], in_the_test: Blame
) -> None:
    leaves = _leaves(branch)

    assert len(leaves) > 2
    for leaf in leaves:
        assert blame(leaf.__new__(leaf), phase="call") is in_the_test, leaf.__name__


def test_nothing_outside_the_test_itself_is_the_products() -> None:
    outside = itertools.product(TABLE.values(), ("setup", "teardown"))

    assert all(
        blame(error, phase=phase) is not Blame.PRODUCT  # type: ignore[arg-type]
        for (error, _), phase in outside
    )
