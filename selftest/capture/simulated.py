"""Captures of simulated sites, and sites that begin as a capture, without a wire in between."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from hil.capture.compare import Because, Compared, Different, compare, said_by, views_of
from hil.envoy.views import KNOWN
from hil.files.capture_folder import HTTP, file_name
from hil.simulator.from_capture import beginning_of
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.rest.router import answer
from hil.simulator.site import Site, build_site
from hil.simulator.site_file import load_site
from selftest.suite_runs import ROOT


def site_of(name: str) -> Site:
    """One of the sites of the repository."""
    return build_site(load_site(ROOT / "sites" / f"{name}.yaml"), epoch=DEFAULT_EPOCH)


def captured(site: Site, folder: Path) -> Path:
    """Every view, a refused one too, in a capture's folder."""
    folder.mkdir(parents=True)
    http = {}
    eids = [inverter.eid for inverter in site.truth.inverters]
    paths = [path for path in KNOWN if "<" not in path]
    paths += [f"/ivp/adc/record?eid={eid}" for eid in eids]
    paths += [f"/ivp/ensemble/dataraw/{each.serial_number}" for each in site.truth.encharges]
    for path in paths:
        said = _asked(site, path)
        (folder / file_name(path)).write_bytes(said.body)
        http[file_name(path)] = {"path": path, "status": said.status}
    (folder / HTTP).write_text(json.dumps(http))
    return folder


def begun(folder: Path) -> tuple[Site, list[str]]:
    """A site that begins as the captured one; what could not be so."""
    beginning = beginning_of(folder)
    refused: list[str] = []
    site = build_site(
        beginning.truth,
        epoch=beginning.epoch or DEFAULT_EPOCH,
        begin=lambda site: refused.extend(beginning.begin(site)),
    )
    return site, refused


def compared(folder: Path, site: Site) -> list[Compared]:
    """Every captured view, beside what the site says there."""
    views = views_of(folder)
    said = {path: _said(_asked(site, path), path) for path in views}
    return list(compare(views, said))


def differences(folder: Path, site: Site) -> list[Different]:
    """Where the site says something else than was captured."""
    return [each for view in compared(folder, site) for each in view.differences]


def unexplained(
    found: list[Different], *, but_for: tuple[Because, ...] = tuple(Because)
) -> list[str]:
    """Those that no entry explains, or one of a kind that is not expected here."""
    return [
        f"{each.view} {each.place}: {each.captured!r}, {each.simulated!r}"
        for each in found
        if each.explanation is None or each.explanation.because not in but_for
    ]


def _asked(site: Site, path: str) -> Answer:
    url = urlsplit(path)
    return answer(site, Request("GET", url.path, dict(parse_qsl(url.query))))


def _said(answered: Answer, path: str) -> object:
    return said_by(path, answered.status, answered.body.decode())
