"""The groups of settings that this gateway has."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hil.envoy.client import Envoy
from hil.envoy.settings import SettingsGroup
from hil.errors import NotOffered

Offered = Callable[[str], "SettingsGroup[Any]"]


@pytest.fixture
def offered(envoy: Envoy) -> Offered:
    """A group by its name; a firmware or a site without it has nothing to be tested."""
    site = envoy.site_settings
    groups: Mapping[str, SettingsGroup[Any]] = {
        "pcs": site.pcs,
        "der": site.der,
        "gen_config": site.gen_config,
        "gen_mode": site.gen_mode,
        "gen_schedule": site.gen_schedule,
        "tariff": envoy.tariff,
        "dry_contact": site.dry_contact,
    }

    def group(name: str) -> SettingsGroup[Any]:
        try:
            if not groups[name].document():
                pytest.skip(f"{name}: empty, the site has no generator")
        except NotOffered as absent:
            pytest.skip(f"{name}: {absent}")
        return groups[name]

    return group
