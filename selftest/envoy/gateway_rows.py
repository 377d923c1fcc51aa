"""Every row of the interface page, and what it became: `python -m selftest.envoy.gateway_rows` writes
docs/gateway-rows.md anew from docs/gateway-rows.yaml and from the code.

The client's call of each request is made, on a simulated gateway of its own, and what was asked and
answered is written down; tests and deliberate bugs are those of the promise that holds the request.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

import yaml

from hil.clock import JumpingClock
from hil.consoles.gateway_shell import GatewayShell
from hil.envoy.client import Envoy
from hil.envoy.views import KNOWN, READS, VARYING
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import TEST_BEGINS, Kind, Timeline
from hil.simulator.defects import DEFECTS
from hil.simulator.faces.http_server import HttpFace
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.control_settings import HIGH_BACKUP_SOC
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.router import PREFIX_ROUTES, ROUTES, answer
from hil.simulator.shell.gateway_shell import GatewayShell as SimulatedShell
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from hil.transports.http import Http
from hil.transports.shell import Ran
from selftest.suite_runs import SuiteRun

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
ROWS, PAGE = ROOT / "docs" / "gateway-rows.yaml", ROOT / "docs" / "gateway-rows.md"
SITE = ROOT / "sites" / "split-phase-generator.yaml"
OF_THE_SHELL = "gateway_shell."

INTRODUCTION = """\
# The rows of the interface page

What each became here, made by `python -m selftest.envoy.gateway_rows` from `docs/gateway-rows.yaml` and from the code: the client's call is
made, the simulated gateway answers it, the tests are those of the promise, and the deliberate bugs (`hil defects`) are what these tests
go red at. A selftest keeps this page in step and refuses a row that lacks one of them; that the tests make the very request is seen by `make long`.

The path of row c is lost: the rig file names it (`envoy.high_backup_soc_path`), and the simulated gateway has one of its own making.

Evidence of a row's body: A real ones with devices · B real, but empty or one only · C described in public, no body · D the page alone. A promise has
a grade of its own (`docs/promises.yaml`).
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the client."""

    client: str
    """Where it hangs: `ensemble.relay` of `envoy`, `gateway_shell.versions`."""
    given: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a row."""

    method: str
    path: str
    call: Call
    promise: str
    before: Call | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the page."""

    row: str
    seed: str
    path: str
    grade: str
    asked: tuple[Asked, ...]


def rows() -> list[Row]:
    """Those of docs/gateway-rows.yaml."""
    return [_row(each) for each in yaml.safe_load(ROWS.read_text("utf-8"))]


def _row(said: Mapping[str, Any]) -> Row:
    return Row(
        str(said["row"]),
        said["seed"],
        said["path"],
        said["grade"],
        tuple(_asked(each, said["path"]) for each in said["asked"]),
    )


def _asked(said: Mapping[str, Any], path: str) -> Asked:
    before = said.get("before")
    return Asked(
        said["method"],
        said.get("path", path),
        Call(said["client"], said.get("given", ())),
        said["promise"],
        Call(before["client"], before.get("given", ())) if before else None,
    )


# What the client asks, and what it is answered.


@dataclass
class Heard:
    """What was said between client and simulated gateway during a call."""

    requests: list[tuple[str, str, int]] = field(default_factory=list)
    """Method, path and status."""
    commands: list[tuple[str, int]] = field(default_factory=list)
    """On the shell, and its exit status."""


class Gateway:
    """A simulated gateway, begun anew for each call."""

    def __init__(self) -> None:
        self._begun = build_site(load_site(SITE), epoch=DEFAULT_EPOCH)
        self.site = self._begun
        self.heard = Heard()
        self._shell = SimulatedShell(self, web_port=1)

    def begin(self) -> None:
        self.site, self.heard = copy.deepcopy(self._begun), Heard()

    def handle(self, request: Request) -> Answer:
        said = answer(self.site, request)
        self.heard.requests.append((request.method, request.path, said.status))
        return said

    def act(self, duration_s: Callable[[Site], float], action: Callable[[Site], T]) -> T:
        self.site.world.advance(self.site.world.now_s + duration_s(self.site))
        return action(self.site)

    # A way to its shell, as the client has one.

    where = "the simulated gateway"

    def run(self, command: str, *, stdin: bytes = b"", silent: bool = False) -> Ran:
        ended = self._shell.run(command, stdin)
        self.heard.commands.append((command, ended.status))
        return Ran(command, ended.status, ended.out, ended.err.encode(), 0.0)

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Desk:
    """The client and the simulated gateway, together."""

    gateway: Gateway
    envoy: Envoy
    gateway_shell: GatewayShell

    def ask(self, asked: Asked) -> Heard:
        """Make the call on a gateway that nobody has asked yet; what was said."""
        self.gateway.begin()
        if asked.before is not None:
            self._make(asked.before)
            self.gateway.heard = Heard()
        self._make(asked.call)
        return self.gateway.heard

    def nonsense(self, asked: Asked) -> None:
        """Give a call that takes any body what is no JSON."""
        self.gateway.begin()
        attrgetter(asked.call.client)(self.envoy)(b"{")

    def _make(self, call: Call) -> object:
        of_the_shell = call.client.startswith(OF_THE_SHELL)
        name = call.client.removeprefix(OF_THE_SHELL)
        of = self.gateway_shell if of_the_shell else self.envoy
        given = [self._filled(each, call) for each in call.given]
        return attrgetter(name)(of)(*given)

    def _filled(self, value: Any, call: Call) -> Any:
        """`value` with what is this site's own in it."""
        if isinstance(value, dict):
            return {key: self._filled(each, call) for key, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each, call) for each in value]
        truth = self.gateway.site.truth
        if value == "<now>":
            return attrgetter(call.client.rpartition(".")[0])(self.envoy).document()
        if value == "<contact>":
            return self.envoy.site_settings.dry_contact.contact("NC1")
        own = {
            "<encharge>": truth.encharges[0].serial_number,
            "<inverter>": truth.inverters[0].serial_number,
            "<inverter eid>": truth.inverters[0].eid,
            "<meter>": next(iter(self.gateway.site.meters)),
        }
        return own.get(value, value) if isinstance(value, str) else value


@contextmanager
def desk() -> Iterator[Desk]:
    """Both, while the block lasts."""
    gateway = Gateway()
    face = HttpFace(handle=gateway.handle, date=lambda: gateway.site.world.unix_time)
    face.start()
    try:
        with (
            TemporaryDirectory() as folder,
            Timeline(
                Path(folder) / "timeline.jsonl", now=lambda: 0.0, redactor=Redactor()
            ) as timeline,
            Http(f"http://127.0.0.1:{face.port}", clock=JumpingClock(), timeline=timeline) as http,
        ):
            envoy = Envoy(http, high_backup_soc_path=HIGH_BACKUP_SOC)
            yield Desk(gateway, envoy, GatewayShell(gateway, gateway="envoy"))
    finally:
        face.close()


def answers_to(asked: Asked, heard: Heard) -> list[str]:
    """What the gateway said to this request, of all that was heard: `200`, `302`, `exit 0`."""
    if asked.call.client.startswith(OF_THE_SHELL):
        return [f"exit {status}" for command, status in heard.commands if asked.path in command]
    wanted = re.compile(re.sub(r"<[^>]+>", "[^/]+", asked.path))
    return [
        str(status)
        for method, path, status in heard.requests
        if method == asked.method and wanted.fullmatch(path)
    ]


def handler_of(asked: Asked) -> str:
    """Who answers it, in the simulator; a file where it is one of the shell."""
    if asked.call.client.startswith(OF_THE_SHELL):
        return "shell"
    bare = re.sub(r"<[^>]+>", "", asked.path)
    found = ROUTES.get((asked.method, asked.path)) or PREFIX_ROUTES[asked.method, bare]
    module = found.__module__.removeprefix("hil.simulator.rest.")
    return f"{module}.{cast(Any, found).__name__}"


# What holds it.


def product_tests() -> dict[str, list[str]]:
    """The names of the product tests of each promise, file by file."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                marks = " ".join(ast.unparse(each) for each in node.decorator_list)
                for promise in re.findall(r"mark\.promise\('([A-Z]{2}-\d{3})'\)", marks):
                    found.setdefault(promise, []).append(node.name)
    return found


def bugs_of(promise: str) -> list[str]:
    """The deliberate bugs that break it."""
    return [name for name, defect in DEFECTS.items() if defect.promise == promise]


def not_asked(run: SuiteRun) -> dict[str, str]:
    """Each request that no test of its promise has made, of those promises of which one has passed."""
    promises = {name: promise for promise, names in product_tests().items() for name in names}
    passed = {promises[each.name.partition("[")[0]] for each in run.outcomes if each.passed}
    said: dict[str, list[str]] = {}
    now = ""
    for event in run.timeline():
        text = str(event["text"])
        if text.startswith(TEST_BEGINS):
            now = promises[re.split(r"::|\[", text)[1]]
        elif event["kind"] == Kind.SENT:
            said.setdefault(now, []).append(text)
    return {
        str(asked): asked.promise
        for row in rows()
        for asked in row.asked
        if asked.promise in passed
        and not any(_is_that(asked, text) for text in said.get(asked.promise, ()))
    }


def _is_that(asked: Asked, text: str) -> bool:
    if asked.call.client.startswith(OF_THE_SHELL):
        return asked.path in text
    path = re.sub(r"<[^>]+>", "[^/]+", asked.path)
    return re.fullmatch(rf"{asked.method} {path}(\?.*)?", text) is not None


# The page.


def page() -> str:
    """The whole page."""
    tests = product_tests()
    lines = [
        INTRODUCTION,
        "| row | as the page has it | request | client | simulated answer | promise | tests | bugs | evidence |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with desk() as here:
        for row in rows():
            lines += _lines(row, here, tests)
    lines += ["", *_related()]
    return "\n".join(lines) + "\n"


def _lines(row: Row, here: Desk, tests: Mapping[str, Sequence[str]]) -> Iterator[str]:
    seed = f"`{row.seed}`".replace("|", "\\|")
    for number, asked in enumerate(row.asked):
        head = (row.row, seed, row.grade) if number == 0 else ("", "", "")
        said = answers_to(asked, here.ask(asked))
        of = "" if asked.call.client.startswith(OF_THE_SHELL) else "envoy."
        cells = [
            *head[:2],
            f"`{asked}`",
            f"`{of}{asked.call.client}`",
            f"{said[0] if said else 'NONE'}, `{handler_of(asked)}`",
            asked.promise,
            _code(tests.get(asked.promise, ())),
            _code(bugs_of(asked.promise)),
            head[2],
        ]
        yield f"| {' | '.join(cells)} |"


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _related() -> Iterator[str]:
    """Views that gateways have beside the page, and that clients ask for."""
    listed = {asked.path for row in rows() for asked in row.asked}
    answered = {path for method, path in ROUTES if method == "GET"}
    yield "## Beside the page"
    yield ""
    yield "Views that real gateways have and real clients ask for: what of them is read and simulated here."
    yield ""
    yield "| view | read | simulated |"
    yield "|---|---|---|"
    for path in sorted(KNOWN):
        bare = path.partition("?")[0].replace("<serial number>", "<sn>")
        if path in listed or bare in listed:
            continue
        is_read = path in READS or path in VARYING
        yield (
            f"| `{path}` | {'yes' if is_read else '–'} | {'yes' if {bare, bare + '/'} & answered else '–'} |"
        )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
