"""The report and the timeline page as a person has them: opened in a real browser, and used."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from hil.cli.report import build_report
from hil.evidence.timeline import Event, Kind
from hil.evidence.timeline_page.page import timeline_page
from selftest.cli.test_built_report import generator
from selftest.evidence.browser import browser, served
from selftest.suite_runs import run_suite

__all__ = ["generator"]

DEFECT = "relay-never-opens"
TEST = (
    "tests/ensemble/test_mains_relay.py::test_commanded_open_the_relay_opens_into_an_island_in_step"
)
WITHIN_S = 30


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    with browser() as chrome:
        yield chrome


@pytest.fixture(scope="module")
def failed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose only test fails, since the relay never opens."""
    directory = tmp_path_factory.mktemp("failed")
    run = run_suite(directory, f"--sim-defect={DEFECT}", TEST)
    assert run.returncode == 1, run.printed
    return directory


def log_of(chrome: Chrome, what: str) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = chrome.get_log(what)  # type: ignore[no-untyped-call]
    return entries


def requests_of(chrome: Chrome) -> set[str]:
    """Every host that was asked for something since the last look; itself is ''."""
    sent = (json.loads(each["message"])["message"] for each in log_of(chrome, "performance"))
    urls = [
        each["params"]["request"]["url"]
        for each in sent
        if each["method"] == "Network.requestWillBeSent"
    ]
    return {urlsplit(url).hostname or "" for url in urls if not url.startswith(("data:", "blob:"))}


def complaints_of(chrome: Chrome) -> list[str]:
    return [each["message"] for each in log_of(chrome, "browser")]


def until(chrome: Chrome, text: str) -> str:
    """What is shown, once `text` is."""
    WebDriverWait(chrome, WITHIN_S).until(
        lambda _: text in chrome.find_element(By.TAG_NAME, "body").text
    )
    return chrome.find_element(By.TAG_NAME, "body").text


@contextmanager
def in_frame(chrome: Chrome) -> Iterator[None]:
    """Inside the only frame of the page: Allure shows a description in one."""
    chrome.switch_to.frame(0)
    try:
        yield
    finally:
        chrome.switch_to.default_content()


def span_s(text: str) -> float:
    """How many rig seconds are in view: `18.4 … 118.7 s`."""
    begin, _, end = text.removesuffix(" s").partition(" … ")
    return float(end) - float(begin)


def shown(chrome: Chrome, name: str) -> WebElement:
    return chrome.find_element(By.ID, name)


@pytest.mark.usefixtures("generator")
def test_the_first_screen_of_a_failure_says_whose_fault_it_is_and_where_to_look(
    failed_run: Path, chrome: Chrome
) -> None:
    build_report(failed_run)
    [result] = (failed_run / "report" / "data" / "test-results").glob("*.json")
    with served(failed_run / "report") as url:
        chrome.get(f"{url}/index.html#{result.stem}")
        text = until(chrome, "look first:")
        chrome.save_screenshot(str(failed_run / "first-screen.png"))
        error = next(
            each for each in chrome.find_elements(By.TAG_NAME, "pre") if "promised:" in each.text
        )
        box = error.rect
        with in_frame(chrome):
            measured = until(chrome, "measured")
        assert requests_of(chrome) == {"127.0.0.1"}
        assert complaints_of(chrome) == []
    assert (
        "EN-001 · NotInTime: enpower 122000000017: the mains relay opens: not within 90 s" in text
    )
    assert "promised:   Commanded open, the mains relay opens" in text
    assert "saw commanded open, is closed" in text
    assert "looks like: the product's, since the test's own check failed" in text
    assert "time to take the command 0.20 s, at most 2 s" in measured
    assert "time to open 90.20 s, at most 90 s, NOT HELD" in measured
    assert box["y"] + box["height"] < 1000, "it is not on the first screen"


def test_the_timeline_can_be_searched_zoomed_and_read(failed_run: Path, chrome: Chrome) -> None:
    results = failed_run / "allure-results"
    [result] = (json.loads(path.read_text("utf-8")) for path in results.glob("*-result.json"))
    [page] = [each["source"] for each in result["attachments"] if each["name"] == "timeline"]
    with served(results) as url:
        chrome.get(f"{url}/{page}")
        until(chrome, "events in view")
        lanes = [
            each.get_attribute("data-lane")
            for each in chrome.find_elements(By.CSS_SELECTOR, "[data-lane]")
        ]
        assert lanes[:2] == ["test", "suite"]
        assert {
            "envoy http",
            "enpower 122000000017 console",
            "mains relay",
            "grid mode",
        } <= set(lanes)
        assert "encharge 122000000131: radio" in lanes
        assert "NotInTime" in shown(chrome, "failure").text
        assert "call failed: EN-001" in shown(chrome, "detail").text, "opened at the failure"
        assert "UTC" in shown(chrome, "detail").text
        at_failure = shown(chrome, "span").text

        shown(chrome, "all").click()
        WebDriverWait(chrome, WITHIN_S).until(lambda _: shown(chrome, "span").text != at_failure)
        assert span_s(shown(chrome, "span").text) > span_s(at_failure), "opened zoomed"
        shown(chrome, "to-failure").click()
        WebDriverWait(chrome, WITHIN_S).until(lambda _: shown(chrome, "span").text == at_failure)
        assert "the mains relay opens: not in time" in shown(chrome, "list").text

        search = shown(chrome, "search")
        search.send_keys("/ivp/ensemble/relay", Keys.ENTER)
        WebDriverWait(chrome, WITHIN_S).until(lambda _: " of " in shown(chrome, "matches").text)
        assert "/ivp/ensemble/relay" in shown(chrome, "detail").text
        # The question is found, and the answer to it is shown beside it.
        assert "mains_oper_state" in shown(chrome, "detail").text
        shown(chrome, "only").click()
        WebDriverWait(chrome, WITHIN_S).until(
            lambda _: "matches in" in shown(chrome, "in-view").text
        )
        listed = chrome.find_elements(By.CSS_SELECTOR, "#list li mark")
        assert {each.text for each in listed} == {"/ivp/ensemble/relay"}
        search.send_keys(Keys.ESCAPE)
        wide = shown(chrome, "span").text
        ActionChains(chrome).send_keys("+").perform()
        WebDriverWait(chrome, WITHIN_S).until(lambda _: shown(chrome, "span").text != wide)

        plot = shown(chrome, "plot")
        lane = lanes.index("mains relay, commanded")
        name = chrome.find_elements(By.CSS_SELECTOR, "[data-lane]")[lane]
        down = name.rect["y"] + name.rect["height"] / 2 - plot.rect["y"] - plot.rect["height"] / 2
        shown(chrome, "all").click()
        ActionChains(chrome).move_to_element_with_offset(plot, 0, int(down)).perform()
        assert "mains relay, commanded: open" in shown(chrome, "hover").text
        assert "UTC" in shown(chrome, "hover").text
        chrome.save_screenshot(str(failed_run / "timeline.png"))
        assert requests_of(chrome) == {"127.0.0.1"}
        assert complaints_of(chrome) == []


def test_a_night_of_50000_events_can_still_be_searched_and_read(
    chrome: Chrome, tmp_path: Path
) -> None:
    wires = ("envoy http", *(f"encharge {number} console" for number in range(9)))
    events = [
        Event(number / 2, 1.7e9 + number, wires[number % 10], Kind.HEARD, f"line {number}")
        for number in range(49_990)
    ]
    lost = "gap: the adapter is gone"
    events += [
        Event(20_000.0 + number, 1.7e9, "encharge 3 console", Kind.TROUBLE, lost)
        for number in range(10)
    ]
    (tmp_path / "page.html").write_text(timeline_page(events, title="A night"), "utf-8")
    with served(tmp_path) as url:
        chrome.get(f"{url}/page.html")
        until(chrome, "50000 of 50000 events in view; 400 listed")

        ActionChains(chrome).send_keys("t").perform()
        WebDriverWait(chrome, WITHIN_S).until(lambda _: lost in shown(chrome, "detail").text)
        shown(chrome, "search").send_keys("line 4321", Keys.ENTER)
        WebDriverWait(chrome, WITHIN_S).until(lambda _: shown(chrome, "matches").text != "")
        assert shown(chrome, "matches").text == "2 of 11"
        assert complaints_of(chrome) == []


def test_a_page_of_nothing_says_so(chrome: Chrome, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(timeline_page([], title="</script><b>none"), "utf-8")
    with served(tmp_path) as url:
        chrome.get(f"{url}/page.html")
        assert "Nothing was said." in until(chrome, "Nothing")
        assert chrome.title == "</script><b>none"
        assert complaints_of(chrome) == []
