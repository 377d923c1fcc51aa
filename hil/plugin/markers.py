"""The markers of tests, checked at collection: a wrong one ends the run before it begins."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from hil.files.closed_yaml import did_you_mean
from hil.plugin.limits import limit_s
from hil.plugin.promises import Promise
from hil.vocabulary.capabilities import Capability

PRODUCT_TESTS = "tests"
"""The folder in which every test holds the devices to a promise."""


def is_product_test(item: pytest.Item, *, root: Path) -> bool:
    """Whether the test is about the devices, not about hil itself."""
    return item.path.is_relative_to(root / PRODUCT_TESTS)


def promise_id(item: pytest.Item) -> str | None:
    """The id of the promise that `item` is marked with."""
    marker = item.get_closest_marker("promise")
    return str(marker.args[0]) if marker and marker.args else None


def needed(item: pytest.Item) -> set[str]:
    """The capabilities that `item` needs of a rig, by name."""
    return {str(name) for marker in item.iter_markers("needs") for name in marker.args}


def check_markers(
    items: Iterable[pytest.Item],
    *,
    promises: Mapping[str, Promise],
    root: Path,
    scrub: Callable[[str], str],
) -> None:
    """Check every test's markers and name.

    Raises:
        pytest.UsageError: one line for each thing that is wrong, with the right form.
    """
    wrong = [
        f"{scrub(item.nodeid)}: {problem}"
        for item in items
        for problem in _problems(item, promises, root, scrub)
    ]
    if wrong:
        raise pytest.UsageError(*wrong)


def _problems(
    item: pytest.Item,
    promises: Mapping[str, Promise],
    root: Path,
    scrub: Callable[[str], str],
) -> Iterable[str]:
    promise = item.get_closest_marker("promise")
    if promise is None:
        if is_product_test(item, root=root):
            yield 'no promise: write @pytest.mark.promise("ZB-021"), an id of docs/promises.yaml'
    elif len(promise.args) != 1 or promise.kwargs or not isinstance(promise.args[0], str):
        yield 'promise takes one id: write @pytest.mark.promise("ZB-021")'
    elif promise.args[0] not in promises:
        hint = did_you_mean(promise.args[0], promises)
        yield f"no promise {promise.args[0]!r} in docs/promises.yaml; {hint}"
    for marker in item.iter_markers("needs"):
        if not marker.args or marker.kwargs:
            yield 'needs takes capabilities: write @pytest.mark.needs("power_switch")'
        for name in marker.args:
            if name not in set(Capability):
                hint = did_you_mean(str(name), [str(known) for known in Capability])
                yield f"needs: no capability {name!r}; {hint}"
    try:
        limit_s(item)
    except ValueError as error:
        yield f"limit: {error}"
    if scrub(item.nodeid) != item.nodeid:
        # A name goes everywhere: terminal, JUnit, Allure's history.
        yield "its name holds what looks like a secret; give the parameter an id of its own"
