"""Site files: the shipped one is right, and a wrong one is answered with line and key."""

import re
from pathlib import Path

import pytest

from hil.errors import RigFileError
from hil.simulator.site_file import SiteFile, load_site
from selftest.schema_keys import keys_of

SITES = Path(__file__).parents[2] / "sites"
GOOD = (SITES / "split-phase.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(SITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_site_that_is_shipped_can_be_read(path: Path) -> None:
    assert load_site(path).name == path.stem


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("  channel:", "  chanel:", ":15: gateway: unknown key 'chanel'; did you mean 'channel'?"),
        (
            "    capacity_wh: 3360\n    rated_power_w: 1280\n    soc_pct: 62\n",
            "    capacity: 3360\n    rated_power_w: 1280\n    soc_pct: 62\n",
            ":36: encharges[0]: unknown key 'capacity'; did you mean 'capacity_wh'?",
        ),
        (
            "firmware: D8.2.127",
            "firmware: 8.2",
            ':11: gateway.firmware: a firmware version in quotes is wanted, such as "D8.2.127"',
        ),
        (
            "firmware: D8.2.127\n  other_firmware: D8.2.4264",
            "firmware: D5.0.62",
            ":11: gateway.firmware: 5.0.62 knows no Enpower and no Encharge yet",
        ),
        (
            "D8.2.4264",
            "D8.2.127",
            ":12: gateway.other_firmware: that is what it runs; another is wanted, or none",
        ),
        (
            "D8.2.4264",
            "D7.6.175",
            ":12: gateway.other_firmware: a simulated gateway keeps its rule of DER indexes; 7.6.175 "
            "has another than 8.2.127",
        ),
        (
            "    ramp_pct_s: 0.33\n    island_ms: 2000.0\n\n# IEEE 1547-2003",
            "    island_ms: 2000.0\n\n# IEEE 1547-2003",
            ":82: profile.tpm: ramp_pct_s is wanted too: the devices go by it",
        ),
        (
            "channel: 20",
            "channel: 27",
            ":15: gateway.channel: should be less than or equal to 26, not the number 27",
        ),
    ],
)
def test_a_wrong_site_file_is_answered_with_line_and_key(
    right: str, wrong: str, told: str, tmp_path: Path
) -> None:
    assert GOOD.count(right) == 1
    file = tmp_path / "site.yaml"
    file.write_text(GOOD.replace(right, wrong), encoding="utf-8")

    with pytest.raises(RigFileError) as caught:
        load_site(file)

    assert str(caught.value) == f"{file}{told}"


def test_an_unknown_site_is_answered_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "split-phase.yaml").touch()

    with pytest.raises(RigFileError) as caught:
        load_site(tmp_path / "three-phase.yaml")

    assert str(caught.value) == f"no site file {tmp_path}/three-phase.yaml; there are: split-phase"


def test_the_readme_has_a_row_for_every_key_and_for_nothing_else() -> None:
    text = (SITES / "README.md").read_text(encoding="utf-8")
    tables = text.partition("Every key of a site file.")[2]
    rows = re.findall(r"^\| `([\w.\[\]]+)` \|", tables, re.MULTILINE)
    explained = {part.removesuffix("[]") for row in rows for part in row.split(".")}

    # Which kind a device is follows from the list it stands in.
    assert explained == keys_of(SiteFile) - {"device_type"}
