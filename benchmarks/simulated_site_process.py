"""A process of its own for each figure of the simulated site: `live`, `weigh`, `serve`, `bare`.

Prints JSON: what it holds and has used, or the port it serves on until its standard input ends.
"""

import json
import os
import sys
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.processes import rss_mb
from hil.simulator.process import simulator
from hil.simulator.site import build_site
from hil.simulator.site_file import SiteFile, load_site

SITES = Path(__file__).parents[1] / "sites"
DAY_S = 86_400
SMALL = 3


def sized(devices: int) -> SiteFile:
    """A site of so many devices: the default one, or the large one in proportion."""
    if devices == SMALL:
        site = load_site(SITES / "split-phase.yaml")
        return site.model_copy(update={"inverters": ()})
    site = load_site(SITES / "large.yaml")
    batteries = devices // 5
    encharge, inverter = site.encharges[0], site.inverters[0]
    return site.model_copy(
        update={
            "encharges": tuple(
                encharge.model_copy(
                    update={"serial_number": f"1230{n:08d}", "mac": f"0013A200{n:08X}"}
                )
                for n in range(batteries)
            ),
            "inverters": tuple(
                inverter.model_copy(update={"serial_number": f"1240{n:08d}", "eid": n})
                for n in range(devices - batteries - 1)
            ),
        }
    )


def live(devices: int) -> None:
    """A day of such a site."""
    truth, bare_mb = sized(devices), rss_mb(os.getpid())
    begun_s = time.perf_counter()
    site = build_site(truth, epoch=1_748_822_400)
    built_s = time.perf_counter() - begun_s
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    site.world.advance(DAY_S)
    say(
        devices=len(truth.nodes) + len(truth.inverters),
        built_s=built_s,
        wall_s=time.perf_counter() - wall_s,
        cpu_s=time.process_time() - cpu_s,
        bare_mb=bare_mb,
        lived_mb=rss_mb(os.getpid()),
    )


def weigh(devices: int) -> None:
    """What Python allocates for such a site, an hour old."""
    truth = sized(devices)
    tracemalloc.start()
    site = build_site(truth, epoch=1_748_822_400)
    site.world.advance(3600)
    say(site_mb=tracemalloc.get_traced_memory()[0] / 1e6)


def serve(devices: int) -> None:
    """Such a site in virtual time, until nobody asks any more."""
    with simulator(sized(devices), speed=None) as running:
        say(port=int(running.url.rpartition(":")[2]))
        sys.stdin.read()


def bare(body_bytes: int) -> None:
    """The same library with nothing behind it."""
    body = b"x" * body_bytes

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing, as the simulated gateway's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(port=server.server_address[1])
    sys.stdin.read()
    server.shutdown()


def say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    {"live": live, "weigh": weigh, "serve": serve, "bare": bare}[sys.argv[1]](int(sys.argv[2]))
