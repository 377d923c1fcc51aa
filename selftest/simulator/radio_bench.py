"""A simulated site seen from its radio side, with the handles that the selftests need."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from hil.simulator.network import Network
from hil.simulator.node import Node
from hil.simulator.provisioning import Provisioning
from hil.simulator.rest.messages import Request
from hil.simulator.rest.zigbee import ROUTES
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import EnchargeTruth, EnpowerTruth, load_site
from hil.simulator.world import World
from hil.vocabulary.zigbee import AssociationCode, PairingState

TRUTH = load_site(Path(__file__).parents[2] / "sites" / "split-phase.yaml")
EPOCH = 1_750_000_000
ENPOWER = TRUTH.nodes[0].serial_number
FIRST, SECOND = (encharge.serial_number for encharge in TRUTH.encharges)
WRONG_KEY = "5A" * 16


class RadioBench:
    """One site, and what a person in front of it would do and see.

    `quiet` takes the dice out: no stuck radio, no busy radio. Missed polls stay.
    """

    def __init__(self, *, seed: int = 0, defects: Collection[str] = (), quiet: bool = True) -> None:
        self.site: Site = build_site(TRUTH, seed=seed, epoch=EPOCH, defects=defects)
        if quiet:
            self.assume("zigbee", stuck_ff_prob=0.0)
            self.assume("cli", znr_busy_prob=0.0)

    @property
    def world(self) -> World:
        return self.site.world

    @property
    def network(self) -> Network:
        return self.site.network

    @property
    def provisioning(self) -> Provisioning:
        return self.site.provisioning

    def assume(self, group: str, **changed: object) -> None:
        """Change assumptions of this world only."""
        old = self.world.assumptions
        new = getattr(old, group).model_copy(update=changed)
        self.world.assumptions = old.model_copy(update={group: new})

    def node(self, serial_number: str = FIRST) -> Node:
        return self.site.nodes[serial_number]

    def let_pass(self, duration_s: float) -> None:
        self.world.advance(self.world.now_s + duration_s)

    def heard(self, serial_number: str = FIRST) -> str:
        """What this console printed since anyone asked for any console."""
        said = [p.data for p in self.world.take_printed() if p.console == serial_number]
        return b"".join(said).decode("ascii")

    def ask(self, command: str, serial_number: str = FIRST, *, within_s: float = 0.5) -> str:
        """Type a command; everything printed in the next `within_s`."""
        self.heard()
        self.node(serial_number).receive(f"{command}\r".encode())
        self.let_pass(within_s)
        return self.heard(serial_number)

    def ai(self, serial_number: str = FIRST) -> AssociationCode:
        reply = self.ask("zb at AI", serial_number)
        return AssociationCode(int(reply.splitlines()[1].removeprefix("AT AI "), 16))

    def pairing(self, serial_number: str = FIRST) -> PairingState:
        return self.provisioning.records[serial_number].state

    def seconds_until_operational(self, serial_number: str = FIRST, *, limit_s: float) -> float:
        """Rig seconds until the device is operational; fails after `limit_s`."""
        started_s = self.world.now_s
        while not self.node(serial_number).operational:
            assert self.world.now_s - started_s < limit_s, self.node(serial_number).state
            self.let_pass(0.5)
        return self.world.now_s - started_s

    def seconds_until_pairing(
        self, state: PairingState, serial_number: str = FIRST, *, limit_s: float
    ) -> float:
        started_s = self.world.now_s
        while self.pairing(serial_number) is not state:
            assert self.world.now_s - started_s < limit_s, self.pairing(serial_number)
            self.let_pass(0.5)
        return self.world.now_s - started_s

    def drop(self, serial_number: str = FIRST) -> None:
        """The robust recipe: znr, wait for WAITING TO JOIN, DJ 1 until nothing is printed."""
        self.ask("zb verbose on", serial_number)
        assert "OK" in self.ask("znr", serial_number)
        self.let_pass(3)
        assert "STATE -> WAITING TO JOIN" in self.heard(serial_number)
        for _ in range(30):
            self.ask("zb at DJ 1", serial_number, within_s=3)
            self.let_pass(15)
            if not self.heard(serial_number):
                return
        raise AssertionError("the prints never stopped")

    def request(
        self, method: str, path: str, body: object = b"", **query: str
    ) -> tuple[int, dict[str, object]]:
        """A REST request that takes no time; status and parsed body."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(method, path, query, raw)
        answer = ROUTES[method, path](self.site, request)
        document = json.loads(answer.body)
        assert isinstance(document, dict)
        return answer.status, document


def item(truth: EnpowerTruth | EnchargeTruth, **changed: object) -> dict[str, object]:
    """An element of a provision request for this device."""
    sent: Mapping[str, object] = {
        "serial_num": truth.serial_number,
        "link_key": truth.link_key,
        "mac_addr": truth.mac,
        "device_type": int(truth.device_type),
    }
    return {**sent, **changed}


def truth_of(serial_number: str) -> EnpowerTruth | EnchargeTruth:
    return next(node for node in TRUTH.nodes if node.serial_number == serial_number)
