"""Settings besides the export limit: written, read back, refused, put back."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from hil.envoy.client import Envoy
from hil.envoy.settings import SettingsGroup
from hil.errors import Refused
from hil.plugin.promises import Promise
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.site_settings.conftest import Offered


def written_and_put_back(
    group: SettingsGroup[Any], change: Mapping[str, object], wait: Waiting, *, within_s: float
) -> None:
    """Hold `change`, see it stored in another look, and see what was there come back."""
    before = group.configured(group.document())
    wanted = group.configured(before | dict(change))
    assert wanted != before, "the change is none"

    with group.changed(change):
        wait.until(
            lambda: group.configured(group.document()),
            lambda stored: stored == wanted,
            what=f"the settings read {change}",
            measures="time until the settings show",
            within_s=within_s,
        )

    wait.until(
        lambda: group.configured(group.document()),
        lambda stored: stored == before,
        what="the settings read as before",
        measures="time until the settings show",
        within_s=within_s,
    )


def refused_and_not_stored(write: Callable[[], object], group: SettingsGroup[Any]) -> None:
    """See that `write` is refused and leaves the settings alone."""
    before = group.configured(group.document())

    with pytest.raises(Refused) as refused:
        write()

    assert refused.value.status in (200, 400)
    assert group.configured(group.document()) == before, "refused, and stored all the same"


def other(value: object, *choices: object) -> object:
    """The first choice that is not `value`."""
    return next(choice for choice in choices if choice != value)


@pytest.mark.promise("SS-010")
def test_power_control_settings_are_stored_or_refused(
    offered: "Offered", wait: Waiting, promise: Promise
) -> None:
    group = offered("pcs")
    before = group.document()
    breaker = other(before["pvBreaker"], 25.0, 30.0)

    written_and_put_back(group, {"pvBreaker": breaker}, wait, within_s=promise["shown_within_s"])
    refused_and_not_stored(lambda: group.write(before | {"pvBreaker": -1.0}), group)


@pytest.mark.promise("SS-011")
def test_der_ports_are_stored_or_refused(
    offered: "Offered", wait: Waiting, promise: Promise
) -> None:
    group = offered("der")
    before = group.document()
    ports = before["der"]
    assert isinstance(ports, dict)
    port = other(ports["der2"], "DER_TYPE_PV_IQ8", "DER_TYPE_NONE")

    written_and_put_back(
        group, {"der": ports | {"der2": port}}, wait, within_s=promise["shown_within_s"]
    )
    refused_and_not_stored(
        lambda: group.write(before | {"der": ports | {"der2": "DER_TYPE_MOON"}}), group
    )


@pytest.mark.promise("SS-012")
@pytest.mark.parametrize("name", ["NC1", "NC2", "NO1", "NO2"])
def test_dry_contact_settings_are_stored_or_refused(
    name: str, offered: "Offered", envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    group = offered("dry_contact")
    settings = envoy.site_settings.dry_contact
    before = group.document()
    wanted = settings.contact(name) | {"load_name": "bench", "soc_low": 26.0, "soc_high": 66.0}
    assert name in envoy.ensemble.dry_contacts().states, "settings for a contact that is not there"

    with settings.changed_contact(name, wanted):
        wait.until(
            lambda: settings.contact(name),
            lambda stored: stored == wanted,
            what=f"the settings of {name} are stored",
            measures="time until the settings show",
            within_s=promise["shown_within_s"],
        )

    assert group.document() == before
    illegal = settings.contact(name) | {"type": "MOON"}
    refused_and_not_stored(lambda: settings.write(illegal), group)


@pytest.mark.promise("SS-013")
def test_generator_capabilities_are_stored_or_refused(
    offered: "Offered", wait: Waiting, promise: Promise
) -> None:
    group = offered("gen_config")
    before = group.document()
    minutes = other(before["warm_up_mins"], 3, 4)

    written_and_put_back(group, {"warm_up_mins": minutes}, wait, within_s=promise["shown_within_s"])
    refused_and_not_stored(lambda: group.write(before | {"max_cont_gen_amps": "much"}), group)


@pytest.mark.promise("SS-014")
def test_generator_commands_are_stored_or_refused(
    offered: "Offered", wait: Waiting, promise: Promise
) -> None:
    group = offered("gen_mode")
    before = group.document()
    command = other(before["gen_cmd"], "off", "auto")

    written_and_put_back(group, {"gen_cmd": command}, wait, within_s=promise["shown_within_s"])
    refused_and_not_stored(lambda: group.write(before | {"gen_cmd": "perhaps"}), group)


@pytest.mark.promise("SS-015")
def test_generator_schedules_are_stored_or_refused(
    offered: "Offered", wait: Waiting, promise: Promise
) -> None:
    group = offered("gen_schedule")
    before = group.document()
    window = other(
        before["default_soc"], {"start_soc": 20, "stop_soc": 60}, {"start_soc": 25, "stop_soc": 65}
    )

    exercise = before["exercise_config"]
    assert isinstance(exercise, dict)
    in_the_afternoon = exercise | {"start": other(exercise["start"], 870, 900)}

    written_and_put_back(
        group,
        {"default_soc": window, "exercise_config": in_the_afternoon},
        wait,
        within_s=promise["shown_within_s"],
    )
    refused_and_not_stored(
        lambda: group.write(before | {"default_soc": {"start_soc": 80, "stop_soc": 20}}), group
    )


@pytest.mark.promise("SS-016")
def test_tariffs_are_stored_or_refused(offered: "Offered", wait: Waiting, promise: Promise) -> None:
    group = offered("tariff")
    before = group.document()
    storage, rate = before.get("storage_settings"), before["single_rate"]
    assert isinstance(rate, dict)
    if isinstance(storage, dict):
        reserve = other(storage["reserved_soc"], 35.0, 40.0)
        changes, illegal = (
            {"storage_settings": storage | {"reserved_soc": pct}} for pct in (reserve, 120.0)
        )
    else:  # before 7.0 a tariff is its rates
        other_rate = other(rate["rate"], 0.25, 0.3)
        changes, illegal = ({"single_rate": rate | {"rate": each}} for each in (other_rate, "dear"))

    written_and_put_back(group, changes, wait, within_s=promise["shown_within_s"])
    refused_and_not_stored(lambda: group.write(before | illegal), group)


@pytest.mark.promise("SS-052")
def test_inverters_of_another_maker_are_stored_or_refused(
    offered: "Offered", wait: Waiting, promise: Promise
) -> None:
    group = offered("third_party_pv")
    before = group.document()
    listed = before["third_party_pv"]
    assert isinstance(listed, list)
    another = {"serial_num": "made up", "ac_nameplate_w": 3800.0, "freq_watt": True}

    written_and_put_back(
        group,
        {"third_party_pv": [*listed, another]},
        wait,
        within_s=promise["shown_within_s"],
    )
    refused_and_not_stored(
        lambda: group.write({"third_party_pv": [another | {"ac_nameplate_w": -1.0}]}), group
    )


@pytest.mark.promise("SS-053")
@pytest.mark.needs("high_backup_soc")
def test_the_high_backup_soc_limit_is_stored_or_refused(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    limit = envoy.high_backup_soc
    assert limit is not None, "the rig file names no path"
    before_pct = limit.limit_pct()
    assert 0 <= before_pct <= 100, f"gateway: a limit of {before_pct:g} %"

    written_and_put_back(
        limit,
        limit.limit_of(95 if before_pct == 90 else 90),
        wait,
        within_s=promise["shown_within_s"],
    )
    refused_and_not_stored(lambda: limit.write(limit.limit_of(120)), limit)
