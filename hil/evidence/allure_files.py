"""A folder of Allure results as files: for whoever completes it when allure-pytest cannot.

Every result is named by its uuid, so that writing it again replaces it.
"""

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hil.vocabulary.blame import Blame

PROMISES_PAGE = "promises.html"
"""Beside the report's first page: what a test's link to its promise leads to."""

NOT_RUN = "not run"
"""The `blame` label of a test that never started: nobody's."""

CATEGORIES = (
    # (name, statuses, the `blame` label; the message's last line says it too, for Allure 2)
    ("The product broke a promise", ("failed",), Blame.PRODUCT.value),
    ("Unconfirmed: the promise rests on an assumption", ("broken",), Blame.UNCONFIRMED.value),
    ("Known bugs of the product", ("broken",), Blame.KNOWN.value),
    ("The rig is in trouble", ("broken",), Blame.RIG.value),
    ("The suite is wrong", ("broken",), Blame.SUITE.value),
    ("Aborted while running", ("broken",), Blame.ABORTED.value),
    ("Never started", ("unknown",), NOT_RUN),
)
"""Also in report/allurerc.mjs: Allure 2 reads the file, Allure 3 only its configuration."""

Document = dict[str, Any]


def ended_with(message: str, blame: str) -> str:
    """`message`, its last line saying whose fault it is."""
    return f"{message}\nblame: {blame}"


class AllureFiles:
    """The results in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def result(self, name: str) -> Document | None:
        """The result of this uuid; None where there is none that can be read."""
        try:
            found = json.loads((self.folder / f"{name}-result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and "status" in found else None

    def write_result(self, document: Mapping[str, Any]) -> None:
        """Write a result, in place of one with its uuid. Raises OSError."""
        self._replace(f"{document['uuid']}-result.json", json.dumps(document, ensure_ascii=False))

    def remove_result(self, name: str) -> None:
        """There is no result of this uuid (any more). Raises OSError."""
        (self.folder / f"{name}-result.json").unlink(missing_ok=True)

    def names(self) -> set[str]:
        """The uuid of every result."""
        end = "-result.json"
        return {path.name.removesuffix(end) for path in self.folder.glob(f"*{end}")}

    def attach(self, document: Document, name: str, text: str) -> None:
        """Attach a text to a result that is still to be written. Raises OSError."""
        source = f"{uuid.uuid5(uuid.UUID(document['uuid']), name)}-attachment.txt"
        self._replace(source, text)
        document.setdefault("attachments", []).append(
            {"name": name, "source": source, "type": "text/plain"}
        )

    def describe(self, *, environment: Mapping[str, str], run: str) -> None:
        """Write what describes the run as a whole. Raises OSError."""
        lines = [f"{key}={_property(value)}" for key, value in environment.items()]
        self._replace("environment.properties", "\n".join(lines) + "\n")
        self._replace("executor.json", json.dumps({"name": "hil", "type": "hil", "buildName": run}))
        categories = [
            {
                "name": name,
                "matchedStatuses": list(statuses),
                "messageRegex": rf"(?s).*\nblame: {blame}",
            }
            for name, statuses, blame in CATEGORIES
        ]
        self._replace("categories.json", json.dumps(categories, indent=2))

    def _replace(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{name}.{os.getpid()}.new"
        try:
            unfinished.write_text(text, encoding="utf-8", errors="backslashreplace")
            unfinished.replace(self.folder / name)
        finally:
            unfinished.unlink(missing_ok=True)


def _property(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", " ")
