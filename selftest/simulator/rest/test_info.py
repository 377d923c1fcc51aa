"""What the gateway says it is."""

from pathlib import Path
from xml.etree import ElementTree

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site

TRUTH = load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml")


def test_it_is_the_gateway_of_the_site_file_now() -> None:
    site = build_site(TRUTH, epoch=DEFAULT_EPOCH)
    site.world.advance(90)
    reply = answer(site, Request("GET", "/info"))
    assert reply.content_type == "text/xml"
    page = ElementTree.fromstring(reply.body)
    found = {path: page.findtext(path) for path in ("time", "device/sn", "device/software")}
    assert found == {
        "time": "1748865690",
        "device/sn": TRUTH.gateway.serial_number,
        "device/software": "D8.2.127",
    }
    assert page.findtext("package[@name='app']/version") == "08.02.127"
    assert page.findtext("web-tokens") == "true"


def test_both_addresses_give_the_same_page() -> None:
    site = build_site(TRUTH)
    assert answer(site, Request("GET", "/info")) == answer(site, Request("GET", "/info.xml"))
