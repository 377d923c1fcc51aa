"""Random lives of a site: its devices and their network, the gateway, and who types at them."""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hil.simulator import generator, grid_profile, island, pairing, relay_states, zigbee_join
from hil.simulator.firmware_update import Told
from hil.simulator.node import Node
from hil.simulator.provisioning import Item
from hil.simulator.site import Site
from hil.simulator.site_file import EnchargeTruth
from hil.simulator.zigbee_join import NodeState
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.zigbee import PairingState

ROUND_S = 15.0
"""A gateway that is up does something so often."""
LASTS = st.sampled_from([0.1, 4.0, 12.0, 61.0, 420.0, None])
"""Seconds; None: not put right by itself."""
COMMANDS = ("znr", "zb at NR 0", "zb at DJ 1", "zb at DJ 0", "zb at FR", "psts")
PAIRED = frozenset({PairingState.PAIRED, PairingState.COMMISSIONED})


class SiteMachine(RuleBasedStateMachine):
    """One site, and everything that may happen to its devices."""

    site: Site

    def begin_site(self, site: Site) -> None:
        self.site = site

    @rule(for_s=st.sampled_from([0.05, 1.0, 9.9, 27.0, 46.0, 310.0, 900.0]))
    def time_passes(self, for_s: float) -> None:
        self.site.world.advance(self.site.world.now_s + for_s)

    @rule(to_s=st.floats(0.0, 300.0))
    def time_passes_by_no_round_number(self, to_s: float) -> None:
        self.site.world.advance(self.site.world.now_s + to_s)

    @rule(data=st.data(), lasts_s=LASTS)
    def a_device_loses_its_power(self, data: st.DataObject, lasts_s: float | None) -> None:
        node = self.node(data)
        node.power_off()
        self.after(lasts_s, node.power_on)

    @rule()
    def every_device_has_power(self) -> None:
        self.site.gateway.power_on()
        for node in self.site.nodes.values():
            node.power_on()

    @rule(data=st.data())
    def a_device_leaves_the_network(self, data: st.DataObject) -> None:
        resets_network(self.node(data))

    @rule(lasts_s=LASTS)
    def the_gateway_loses_its_power(self, lasts_s: float | None) -> None:
        self.site.gateway.power_off()
        self.after(lasts_s, self.site.gateway.power_on)

    @rule(by_s=st.sampled_from([-7200, -1, 0, 600, 90_000]))
    def the_gateways_clock_is_set(self, by_s: int) -> None:
        self.site.gateway.clock.set(self.site.world.unix_time + by_s)

    @rule(is_other=st.booleans())
    def the_profile_is_another(self, is_other: bool) -> None:
        truth = self.site.truth
        self.site.profile.activate(truth.previous_profile if is_other else truth.profile)

    @rule(data=st.data(), attenuation_db=st.sampled_from([0.0, 55.0, 95.0]))
    def a_device_is_heard_badly(self, data: st.DataObject, attenuation_db: float) -> None:
        node = self.node(data)
        node.attenuate(attenuation_db)

    @rule(overwrites=st.booleans())
    def devices_are_updated(self, overwrites: bool) -> None:
        told = Told(force=True, overwrite_off_grid=overwrites, overwrite_low_soc=overwrites)
        self.site.firmware_update.begin(told)

    @rule(
        data=st.data(),
        wrong=st.sampled_from([None, None, "key", "type"]),
        is_reset=st.booleans(),
        lasts_s=LASTS,
    )
    def a_device_is_installed_anew(
        self, data: st.DataObject, wrong: str | None, is_reset: bool, lasts_s: float | None
    ) -> None:
        """Taken out of an open site, put in again, and perhaps corrected after a while."""
        node = self.node(data)
        self.site.provisioning.unseal()
        self.site.provisioning.deprovision([node.serial_number])
        self.site.provisioning.provision([registration(node, wrong=wrong)])
        if is_reset:
            resets_network(node)
        self.after(lasts_s, lambda: self.site.provisioning.provision([registration(node)]))

    @rule(data=st.data())
    def a_device_is_registered(self, data: st.DataObject) -> None:
        self.site.provisioning.provision([registration(self.node(data))])

    @rule(data=st.data())
    def a_device_is_deleted(self, data: st.DataObject) -> None:
        self.site.provisioning.deprovision([self.node(data).serial_number])

    @rule()
    def the_site_is_sealed(self) -> None:
        if not self.site.provisioning.unpaired:
            self.site.provisioning.seal()

    @rule()
    def the_site_is_opened(self) -> None:
        self.site.provisioning.unseal()

    @rule(data=st.data(), command=st.sampled_from(COMMANDS))
    def somebody_commands(self, data: st.DataObject, command: str) -> None:
        self.node(data).receive(f"\r\n{command}\r\n".encode())

    @rule(
        contact=st.sampled_from(["NC1", "NO1", "NO2"]), status=st.sampled_from(["open", "closed"])
    )
    def a_contact_is_moved(self, contact: str, status: str) -> None:
        self.site.contacts.command(contact, status)

    @rule(low=st.integers(0, 50), is_by_charge=st.booleans())
    def a_contact_follows_the_charge(self, low: int, is_by_charge: bool) -> None:
        use = self.site.settings.contacts["NO1"].model_dump()
        mode = "soc" if is_by_charge else "manual"
        changes = {"mode": mode, "soc_low": float(low), "soc_high": low + 20.0}
        self.site.settings.change_contact(use | changes)

    @invariant()
    def every_state_has_a_row(self) -> None:
        energy, relay = self.site.energy, self.site.relay
        assert relay.state in relay_states.TABLE
        assert energy.island.state in island.TABLE
        assert energy.generator.state in generator.TABLE
        assert all(node.state in zigbee_join.TRANSITIONS for node in self.site.nodes.values())
        records = self.site.provisioning.records.values()
        assert all(record.state in pairing.TRANSITIONS for record in records)
        targets = self.site.profile.targets.values()
        assert all(target.state in grid_profile.TABLE for target in targets)

    @invariant()
    def a_seal_is_on_all_or_on_none(self) -> None:
        provisioning = self.site.provisioning
        states = {record.state for record in provisioning.records.values()}
        assert provisioning.sealed is (provisioning.agent_file is not None)
        assert (
            PairingState.PAIRED if provisioning.sealed else PairingState.COMMISSIONED
        ) not in states

    @invariant()
    def what_is_heard_is_told_as_paired(self) -> None:
        """A device that works for the gateway is at no other state than one that works."""
        network = self.site.network
        if not self.site.gateway.answers:
            return
        for serial, record in self.site.provisioning.records.items():
            node = self.site.nodes[serial]
            is_heard = serial in network.inventory and network.view(serial).communicating
            if is_heard and node.operational and node.in_reach:
                assert record.state in PAIRED

    @invariant()
    def the_queue_moves(self) -> None:
        next_s = self.site.world.next_event_s()
        assert next_s is None or next_s >= self.site.world.now_s
        if self.site.gateway.answers:
            assert next_s is not None
            assert next_s <= self.site.world.now_s + ROUND_S

    @rule(data=st.data())
    def somebody_types(self, data: st.DataObject) -> None:
        node = self.node(data)
        if not node.running or self.site.firmware_update.is_running:
            return
        self.site.world.take_printed()
        node.receive(b"\r\ndevinfo\r\n")
        self.site.world.advance(self.site.world.now_s + 30)
        said = b"".join(each.data for each in self.site.world.take_printed())
        assert node.serial_number.encode() in said

    def after(self, lasts_s: float | None, end: Callable[[], object]) -> None:
        """Let it last, and end it; None: whatever else happens may end it."""
        if lasts_s is not None:
            self.time_passes(for_s=lasts_s)
            end()

    def node(self, data: st.DataObject) -> Node:
        return self.site.nodes[data.draw(st.sampled_from([*self.site.nodes]))]


def registration(node: Node, *, wrong: str | None = None) -> Item:
    """What an installer types in; with something wrong in it."""
    truth, kind = node.truth, node.truth.device_type
    if wrong == "type":
        kind = DeviceType.ENCHARGE if kind is DeviceType.ENPOWER else DeviceType.ENPOWER
    key = truth.link_key[::-1] if wrong == "key" else truth.link_key
    phase = truth.phase if isinstance(truth, EnchargeTruth) else None
    der_index = truth.der_index if isinstance(truth, EnchargeTruth) else None
    return Item(truth.serial_number, key, truth.mac, kind, phase, der_index)


def resets_network(node: Node) -> None:
    """As `znr` does: not while the radio restarts."""
    if node.running and node.state is not NodeState.RADIO_RESTART:
        node.leave()
