"""What a rig is doing and how it is, from what passes on its wires; pure.

Nobody is asked anything: what a run asks for itself is read along. So each value is as old as the
last time that the run looked.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pydantic import ValidationError

from hil.consoles.dialect import Dialect
from hil.envoy import ensemble, livedata, zigbee
from hil.envoy.inventory import Inventory
from hil.envoy.livedata import LiveStatus
from hil.envoy.relay import Relay
from hil.envoy.zigbee_documents import PairingStatus, ZigbeeStatus
from hil.evidence.exchanges import CONSOLE, HTTP
from hil.evidence.timeline import FAILED, TEST_BEGINS, TEST_ENDED, Event, Kind
from hil.vocabulary.zigbee import AssociationCode

ENVOY = "envoy" + HTTP
SUITE, KEEPER = "suite", "keeper"
RIG_CLOSES = "rig closes; "
ACCOUNTED_FOR = "accounted for in place of pytest: "
TROUBLES_KEPT = 6


@dataclass
class WatchedNode:
    """A device with a console, as far as anybody has asked."""

    name: str
    """`encharge 122…`."""
    said: str = ""
    """The last thing on its console: what came, or what was sent to it."""
    said_s: float | None = None
    association: str = ""
    """Its radio, as its console says: `joined`, `searching`, …"""
    pairing: str = ""
    """As the gateway says."""
    joined: bool | None = None
    """Whether the gateway's radio lists it."""
    communicating: bool | None = None
    soc_pct: int | None = None
    gap: str = ""
    """Why nothing is heard of it any more."""


@dataclass
class WatchedRig:
    """State of a rig; `take` what passes on its wires, in order."""

    dialects: Mapping[str, Dialect]
    """By name of the device, as `encharge 122…`, in the order to be shown."""
    rig_s: float = 0.0
    powers_w: dict[str, float] = field(default_factory=dict)
    """Of live data: `pv`, `storage` (positive: discharged), `grid` (positive: imported), `load`."""
    mains_commanded: str = ""
    mains: str = ""
    grid_mode: str = ""
    soc_pct: int | None = None
    joining: str = ""
    test: str = ""
    """The test that runs; empty between two."""
    test_began_s: float = 0.0
    doing: str = ""
    """The last step or wait of the suite, or of the keeper."""
    waited: str = ""
    """The last wait that has ended, and how."""
    tests_ended: int = 0
    failures: list[str] = field(default_factory=list)
    troubles: deque[Event] = field(default_factory=lambda: deque(maxlen=TROUBLES_KEPT))
    ending: str = ""
    """How the run ended, as far as it was said."""
    nodes: dict[str, WatchedNode] = field(init=False)
    _asked: dict[str, str] = field(default_factory=dict)
    _bodies: dict[str, str] = field(default_factory=dict)
    """What each view said last; the same again says nothing new."""

    def __post_init__(self) -> None:
        self.nodes = {name: WatchedNode(name) for name in self.dialects}

    def take(self, event: Event) -> None:
        """The next thing that was said or done."""
        self.rig_s = max(self.rig_s, event.rig_s)
        if event.kind == Kind.TROUBLE:
            self.troubles.append(event)
        if event.wire.endswith(CONSOLE):
            self._console(event)
        elif event.wire.endswith(HTTP):
            self._http(event)
        elif event.wire == SUITE:
            self._suite(event)
        elif event.wire == KEEPER:
            self.doing = event.text
            is_of_tests = event.text.startswith(ACCOUNTED_FOR)
            self.ending = f"{self.ending}; {event.text}" if is_of_tests else event.text

    # Consoles.

    def _console(self, event: Event) -> None:
        name = event.wire.removesuffix(CONSOLE)
        node = self.nodes.get(name)
        if node is None:
            return
        if event.kind == Kind.TROUBLE and event.text.startswith("gap: "):
            node.gap = event.text.removeprefix("gap: ")
        if event.kind == Kind.STEP and "command" not in event.data:
            self.doing = f"{name}: {event.text}"
        if event.kind == Kind.STEP or not event.text.strip():
            return
        lines = [line for line in event.text.split("\n") if line.strip()]
        node.said, node.said_s = f"{event.kind} {lines[-1]}", event.rig_s
        if event.kind == Kind.HEARD:
            node.gap = ""
            for line in lines:
                self._heard(node, line, self.dialects[name])

    @staticmethod
    def _heard(node: WatchedNode, text: str, dialect: Dialect) -> None:
        line = text.removeprefix(dialect.prompt)
        if (match := dialect.at_value_line.fullmatch(line)) and match["what"] == "AI":
            node.association = association_word(int(match["value"], 16))
        elif dialect.log_line.search(line) and dialect.waiting_to_join in line:
            node.association = dialect.waiting_to_join.lower()

    # The gateway.

    def _http(self, event: Event) -> None:
        if event.kind == Kind.SENT:
            self._asked[event.wire] = event.text
            return
        asked = self._asked.pop(event.wire, "")
        method, _, target = asked.partition(" ")
        body = event.data.get("body")
        if event.kind != Kind.HEARD or event.wire != ENVOY or not isinstance(body, str):
            return
        path = target.partition("?")[0]
        if method == "GET" and event.text.startswith("200") and self._bodies.get(path) != body:
            self._bodies[path] = body
            with suppress(ValidationError):  # whoever asked says so, and better
                self._document(path, body)

    def _document(self, path: str, body: str) -> None:
        match path:
            case ensemble.INVENTORY:
                self._inventory(Inventory.model_validate_json(body))
            case ensemble.RELAY:
                self._relay(Relay.model_validate_json(body))
            case livedata.STATUS:
                self._live(LiveStatus.model_validate_json(body))
            case zigbee.STATUS:
                self._radio(ZigbeeStatus.model_validate_json(body))
            case zigbee.PAIRING_STATUS:
                self._pairing(PairingStatus.model_validate_json(body))

    def _inventory(self, said: Inventory) -> None:
        for device in said.devices:
            if node := self._node(device.serial_num):
                node.communicating = device.communicating
        for battery in said.encharges:
            if node := self._node(battery.serial_num):
                node.soc_pct = battery.percent_full
        for switch in said.enpowers:
            self.mains_commanded = str(switch.mains_admin_state)
            self.mains = str(switch.mains_oper_state)
            # Not the switch's own mode, which stays that of the grid beside a generator.
            self.grid_mode = str(switch.enchg_grid_mode)

    def _relay(self, said: Relay) -> None:
        self.mains_commanded, self.mains = str(said.mains_admin_state), str(said.mains_oper_state)
        self.grid_mode = str(said.enchg_grid_mode)

    def _live(self, said: LiveStatus) -> None:
        meters = said.meters
        self.soc_pct = meters.soc
        self.powers_w = {
            name: power.agg_p_mw / 1000
            for name, power in (
                ("pv", meters.pv),
                ("storage", meters.storage),
                ("grid", meters.grid),
                ("load", meters.load),
            )
        }

    def _radio(self, said: ZigbeeStatus) -> None:
        for node in self.nodes.values():
            node.joined = _serial_number(node) in said.joined_serial_numbers

    def _pairing(self, said: PairingStatus) -> None:
        self.joining = str(said.mode)
        for node in self.nodes.values():
            node.pairing = str(said.states.get(_serial_number(node), "not registered"))

    def _node(self, serial_number: str) -> WatchedNode | None:
        return next(
            (node for node in self.nodes.values() if _serial_number(node) == serial_number), None
        )

    # The run.

    def _suite(self, event: Event) -> None:
        text = event.text
        if text.startswith(TEST_BEGINS):
            self.test, self.test_began_s = text.removeprefix(TEST_BEGINS), event.rig_s
            self.doing = self.waited = ""
        elif text.startswith(TEST_ENDED):
            self.test = ""
            self.tests_ended += 1
            self.doing = text
        elif "wait" in event.data:
            self.waited = text
        elif event.kind == Kind.TROUBLE and text.startswith(FAILED):
            self.failures.append(text)
            self.doing = text
        else:
            self.doing = text
            if text.startswith(RIG_CLOSES):
                self.ending = text


def association_word(code: int) -> str:
    """`joined`, `searching`, or the code where that says nothing to a person."""
    if code not in set(AssociationCode):
        return f"AI {code:02X}"
    return f"{AssociationCode(code).name.replace('_', ' ').lower()} (AI {code:02X})"


def _serial_number(node: WatchedNode) -> str:
    return node.name.rpartition(" ")[2]
