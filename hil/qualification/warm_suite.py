"""Many runs of the suite from one process that has loaded it once: each run is a fork of that.

Loading pytest and the drivers costs more than most runs that meet one defect. What a run does is what
`python -m pytest` does; only the plugins, which pytest wants to load itself, are loaded by each.
"""

import gc
import inspect
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import BaseModel

from hil.errors import SuiteError
from hil.qualification.forked import by_fork
from hil.qualification.page import read_templates
from hil.qualification.suite_run import LEAN, SuiteRun, results_of
from hil.rig.processes import started_by

LOADED = (
    *("pytest", "hil.rig.rig", "hil.rig.watched", "hil.rig.states", "jinja2"),
    *("hil.keeper.process", "hil.cli.simulate"),
    *("paramiko", "asyncssh", "allure", "allure_commons.logger"),
    *("doctest", "unittest", "tomllib", "packaging.version"),  # pytest asks for these as it begins
)
"""What runs need, and pytest does not rewrite."""

UNUSED = ("-p", "no:xdist", "-p", "no:xdist.looponfail")
"""One run is one process."""

HAS_LOADED_HIL = "ignore:Module already imported so cannot be rewritten; hil"
"""Of an assertion in hil itself, not in a test, pytest then shows no values."""


class WarmSuite:
    """A process that has the suite loaded, until the block ends. One run at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hil.qualification.warm_suite"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, root: Path, directory: Path, *options: str) -> SuiteRun:
        """As `suite_run.run_suite`."""
        directory.mkdir(parents=True, exist_ok=True)
        printed = directory.with_name(f"{directory.name}.txt")
        junit = directory / "junit.xml"
        asked = {
            "cwd": str(root),
            "printed": str(printed),
            "arguments": [
                *(*LEAN, *UNUSED, "-W", "error", "-W", HAS_LOADED_HIL, "-q"),
                *(f"--run-dir={directory}", f"--junitxml={junit}", *options),
            ],
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise SuiteError(
                "the process that has the suite loaded is gone; suspect too little memory"
            )
        text = printed.read_text("utf-8", "replace")
        return results_of(directory, json.loads(said)["returncode"], text)

    def close(self) -> None:
        """End the process. Twice is fine."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()


def serve() -> None:
    """Run what standard input asks for, a line each, until it ends."""
    for name in LOADED:
        import_module(name)
    _build(BaseModel)
    read_templates()
    inspect.getmodule(serve.__code__)  # it looks up every module's file, for a traceback
    gc.collect()
    gc.freeze()  # what is loaded stays: no run has to look through it again
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_run(json.loads(line)))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"returncode": os.waitstatus_to_exitcode(status)}) + "\n")
        sys.stdout.flush()


def _build(model: type[BaseModel]) -> None:
    """Build the validators of ours that derive from it, which each wait for their first use."""
    for each in model.__subclasses__():
        if each.__module__.startswith("hil."):
            each.model_rebuild()
        _build(each)


def _run(asked: Mapping[str, object]) -> int:
    """In the fork: pytest, as if it had been started there."""
    import pytest  # its process has loaded it

    output = os.open(str(asked["printed"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number in (1, 2):
        os.dup2(output, number)
    os.chdir(str(asked["cwd"]))
    sys.path.insert(0, str(Path.cwd()))
    arguments = asked["arguments"]
    assert isinstance(arguments, list)
    try:
        with started_by(by_fork):
            returncode = int(pytest.main(arguments))
    except BaseException:  # noqa: BLE001 - nobody else could say it
        traceback.print_exc()
        returncode = 3
    sys.stdout.flush()
    sys.stderr.flush()
    return returncode


if __name__ == "__main__":
    serve()
