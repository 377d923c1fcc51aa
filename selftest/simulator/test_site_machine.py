"""What the machine holds a site's devices to is broken by a simulator that is wrong."""

import pytest

from hil.simulator.zigbee_join import NodeState
from hil.vocabulary.zigbee import PAIRED, PairingState
from selftest.simulator.site_machine import registration, resets_network
from selftest.simulator.test_energy_audit import Story, begun
from selftest.simulator.test_energy_machine import EnergyMachine

BATTERY = "122000006131"


def a_device_is_unheard_for_a_while(machine: EnergyMachine) -> None:
    """Long enough to be struck off, not to be given up."""
    node = machine.site.nodes[BATTERY]
    node.attenuate(95.0)
    machine.time_passes(for_s=100.0)
    node.attenuate(0.0)
    machine.time_passes(for_s=46.0)


def a_device_is_given_up(machine: EnergyMachine) -> None:
    node = machine.site.nodes[BATTERY]
    node.attenuate(95.0)
    machine.time_passes(for_s=150.0)
    node.attenuate(0.0)
    machine.time_passes(for_s=46.0)


def a_device_leaves_unheard_and_joins_again(machine: EnergyMachine) -> None:
    node = machine.site.nodes[BATTERY]
    node.attenuate(95.0)
    node.leave()
    node.attenuate(0.0)
    machine.time_passes(for_s=100.0)


def a_device_is_registered_anew_unheard(machine: EnergyMachine, *, gateway_fails: bool) -> None:
    """Deleted and registered while it hears nothing; then it is back, and has time to join."""
    node, provisioning = machine.site.nodes[BATTERY], machine.site.provisioning
    provisioning.unseal()
    node.attenuate(95.0)
    provisioning.deprovision([BATTERY])
    provisioning.provision([registration(node)])
    if gateway_fails:
        machine.the_gateway_loses_its_power(lasts_s=4.0)
        machine.time_passes(for_s=310.0)
        provisioning.provision([registration(node)])
    node.attenuate(0.0)
    machine.time_passes(for_s=46.0)


def the_site_is_opened(machine: EnergyMachine) -> None:
    machine.the_site_is_opened()


def the_grid_comes_back_beside_a_generator(machine: EnergyMachine) -> None:
    machine.generator_is_set(command="on", start=30)
    machine.grid_fails(lasts_s=420.0)
    machine.time_passes(for_s=900.0)


def holds(machine: EnergyMachine) -> None:
    machine.what_is_heard_is_told_as_paired()
    machine.a_seal_is_on_all_or_on_none()
    machine.the_relays_exclude_each_other()


def test_what_leaves_unheard_and_is_back_at_once_is_not_struck_off() -> None:
    machine = begun()
    a_device_leaves_unheard_and_joins_again(machine)
    assert machine.site.nodes[BATTERY].operational
    holds(machine)


@pytest.mark.parametrize("gateway_fails", [False, True])
def test_what_was_deleted_unheard_is_sent_away_and_pairs_anew(gateway_fails: bool) -> None:
    machine = begun()
    a_device_is_registered_anew_unheard(machine, gateway_fails=gateway_fails)
    assert machine.site.nodes[BATTERY].operational
    assert machine.site.provisioning.records[BATTERY].state in PAIRED


@pytest.mark.parametrize(
    ("defect", "story"),
    [
        ("found-device-stays-lost", a_device_is_unheard_for_a_while),
        ("found-device-stays-lost", a_device_is_given_up),
        ("reopening-keeps-the-file", the_site_is_opened),
        ("generator-holds-on", the_grid_comes_back_beside_a_generator),
    ],
)
def test_a_deliberate_defect_is_seen(defect: str, story: Story) -> None:
    right, wrong = begun(), begun(defect=defect)
    story(right)
    holds(right)
    story(wrong)
    with pytest.raises(AssertionError):
        holds(wrong)


def test_who_is_asked_by_a_gateway_that_goes_away_is_not_listed_by_it() -> None:
    site = begun().site
    node = site.nodes[BATTERY]
    site.provisioning.unseal()
    site.provisioning.deprovision([BATTERY])
    site.world.advance(site.world.now_s + 60)
    site.provisioning.provision([registration(node)])
    resets_network(node)
    while node.state is not NodeState.REGISTERED:
        site.world.advance(site.world.now_s + 0.1)
    site.gateway.power_off()
    site.world.advance(site.world.now_s + 60)
    assert BATTERY not in site.network.inventory
    site.gateway.power_on()
    site.provisioning.deprovision([BATTERY])
    site.world.advance(site.world.now_s + 600)
    assert BATTERY not in site.network.inventory


def test_a_gateway_that_goes_away_during_a_key_exchange_refuses_nobodys_key() -> None:
    site = begun().site
    node = site.nodes[BATTERY]
    resets_network(node)
    while node.state is not NodeState.KEY_WAIT:
        site.world.advance(site.world.now_s + 0.1)
    site.gateway.power_off()
    site.world.advance(site.world.now_s + 60)
    assert site.provisioning.records[BATTERY].state is PairingState.JOINING
    site.gateway.power_on()
    site.world.advance(site.world.now_s + 600)
    assert site.provisioning.records[BATTERY].state in PAIRED
