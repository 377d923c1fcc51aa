"""JUnit's XML as other tools read it: completed where pytest has left tests out or was killed.

pytest writes a test that was interrupted without its name and as if it had passed, and what never
started not at all.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from hil.files.durable import write_durably
from hil.qualification.account import Account, Course
from hil.qualification.progress import Outcome

FILE = "junit.xml"
"""In the run's folder."""

_TROUBLE = {"failure": "failures", "error": "errors", "skipped": "skipped"}
"""How a test case says that it did not pass, and the suite's count of those."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def complete_junit(run_dir: Path, account: Account) -> None:
    """Bring `junit.xml` into line with `account`; make it, where pytest could not.

    Raises:
        OSError: it cannot be written.
    """
    path = run_dir / FILE
    root = _read(path)
    suite = root.find("testsuite")
    if suite is None:
        suite = ET.SubElement(root, "testsuite", name="pytest")
    nameless = [each for each in suite.findall("testcase") if "name" not in each.attrib]
    for each in nameless:
        suite.remove(each)
    cases = {(case.get("classname"), case.get("name")): case for case in suite.iter("testcase")}
    changed = bool(nameless)
    for course in account.courses:
        classname, name = _address(course.test.nodeid)
        if (case := cases.get((classname, name))) is None:
            case = ET.SubElement(
                suite, "testcase", classname=classname, name=name, time=f"{_took_s(course):.3f}"
            )
        elif course.outcome is not Outcome.ABORTED or any(
            case.find(tag) is not None for tag in _TROUBLE
        ):
            continue
        changed = True
        if (said := _said(course)) is not None:
            tag, message = said
            ET.SubElement(case, tag, message=_NOT_XML.sub("�", message))
    if changed:
        suite.attrib.update(_counts(suite))
        write_durably(path, ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n")


def _read(path: Path) -> ET.Element:
    try:
        return ET.parse(path).getroot()
    except (FileNotFoundError, ET.ParseError):
        return ET.Element("testsuites", name="pytest tests")


def _said(course: Course) -> tuple[str, str] | None:
    headline = course.verdicts[0].headline if course.verdicts else course.why
    match course.outcome:
        case Outcome.PASSED:
            return None
        case Outcome.SKIPPED:
            return "skipped", course.why
        case Outcome.NOT_RUN:
            return "skipped", f"not run: {course.why}"
        case Outcome.ABORTED:
            return "error", headline
    return "failure", headline


def _counts(suite: ET.Element) -> Mapping[str, str]:
    cases = list(suite.iter("testcase"))
    counts = {"tests": str(len(cases))}
    for tag, name in _TROUBLE.items():
        counts[name] = str(sum(case.find(tag) is not None for case in cases))
    return counts


def _address(nodeid: str) -> tuple[str, str]:
    """Class name and name of a test case, as pytest writes them."""
    path, bracket, parameters = nodeid.partition("[")
    file, *names = path.split("::")
    module = file.removesuffix(".py").replace("/", ".")
    *classes, name = names or [""]
    return ".".join([module, *classes]), f"{name}{bracket}{parameters}"


def _took_s(course: Course) -> float:
    if course.began_ms is None or course.ended_ms is None:
        return 0.0
    return (course.ended_ms - course.began_ms) / 1000
