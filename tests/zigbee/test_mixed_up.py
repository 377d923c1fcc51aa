"""Mix-ups of an installation: a MAC of another device, the keys of two batteries swapped."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hil.consoles.encharge import Encharge
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.zigbee import PAIRED, REFUSED_KEY, AssociationCode, PairingState
from hil.waiting import Waiting


@pytest.fixture
def mac_of_nobody(rig: Rig, encharges: tuple[Encharge, ...]) -> str:
    """A MAC like the first battery's that no device of the rig has."""
    mac = rig.provision_items[encharges[0].serial_number].mac_addr
    assert mac is not None
    wrong = f"{int(mac, 16) ^ 0xFFFFFF:0{len(mac)}X}"  # the maker's part stays
    assert wrong not in {item.mac_addr for item in rig.provision_items.values()}
    return wrong


@pytest.mark.promise("ZB-015")
@pytest.mark.needs("two_batteries")
def test_a_battery_with_a_wrong_mac_never_pairs_and_the_other_of_the_request_does(
    rig: Rig,
    unknown_encharges: tuple[Encharge, Encharge],
    mac_of_nobody: str,
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    wrong, right = unknown_encharges
    items = rig.provision_items

    answer = rig.envoy.zigbee.provision(
        [
            replace(items[wrong.serial_number], mac_addr=mac_of_nobody),
            items[right.serial_number],
        ]
    )

    assert answer.ok, f"{wrong.name}: whether a MAC is wrong shows only on the air: {answer.items}"
    wait.until(
        wrong.association,
        lambda code: code in REFUSED_KEY,
        what=f"{wrong.name}: says that it was sent no key (AI 27, AD or AF)",
        measures="time to say that it was sent no key",
        within_s=promise["told_within_s"],
    )
    wait.until(
        lambda: states().get(right.serial_number),
        lambda seen: seen in PAIRED,
        what=f"{right.name}: paired",
        measures="time to pair",
        within_s=promise["paired_within_s"],
        every_s=5,
    )
    wait.until(
        lambda: states().get(wrong.serial_number),
        lambda seen: seen == PairingState.NOT_JOINED,
        what=f"{wrong.name}: not paired with a wrong MAC until its entry expires",
        measures="time until the entry expires",
        within_s=promise["expired_within_s"],
        every_s=5,
    )
    assert wrong.association() != AssociationCode.JOINED, f"{wrong.name}: joined all the same"
    assert states().get(right.serial_number) in PAIRED, f"{right.name}: its entry expired as well"


@pytest.mark.promise("ZB-020")
@pytest.mark.needs("two_batteries")
def test_two_batteries_with_swapped_keys_are_both_named_and_pair_with_their_own(
    rig: Rig,
    unknown_encharges: tuple[Encharge, Encharge],
    states: Callable[[], dict[str, PairingState]],
    promise: Promise,
    wait: Waiting,
) -> None:
    first, second = (rig.provision_items[each.serial_number] for each in unknown_encharges)
    names = " and ".join(each.name for each in unknown_encharges)

    def both() -> list[PairingState | None]:
        seen = states()
        return [seen.get(first.serial_num), seen.get(second.serial_num)]

    rig.envoy.zigbee.provision(
        [
            replace(first, link_key=second.link_key),
            replace(second, link_key=first.link_key),
        ]
    )
    wait.until(
        both,
        lambda seen: seen == [PairingState.KEY_FAIL] * 2,
        what=f"{names}: both named for their wrong keys",
        measures="time to be named for the wrong key",
        within_s=promise["blamed_within_s"],
    )
    wait.stays(
        lambda: (both(), [each.association() for each in unknown_encharges]),
        lambda seen: not PAIRED & set(seen[0]) and AssociationCode.JOINED not in seen[1],
        what=f"{names}: not paired with the key of the other",
        for_s=promise["stays_out_s"],
        every_s=5,
    )

    for item in (first, second):
        rig.envoy.zigbee.deprovision([item.serial_num])
    rig.envoy.zigbee.provision([first, second])
    wait.until(
        both,
        lambda seen: set(seen) <= PAIRED,
        what=f"{names}: paired, each with its own key",
        measures="time to pair",
        within_s=promise["paired_within_s"],
        every_s=5,
    )
