"""What a gateway answers: to proper questions, to improper ones, to strangers; and how fresh its views are.

What is believed of answers is what the simulated gateway of the same firmware says.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from hil.envoy import ensemble, livedata
from hil.envoy.client import Envoy
from hil.envoy.conversation import INFO_PATH
from hil.envoy.reading import as_json
from hil.errors import HilError, NotAuthorized, NotOffered, Unreachable
from hil.learning.findings import Findings
from hil.simulator import generations
from hil.simulator.access.refusals import no_token
from hil.simulator.rest.messages import NOT_ROUTED, Answer, refusal
from hil.simulator.rest.pages import SERVER
from hil.transports.http import Http, Reply
from hil.vocabulary.identity import Firmware

NOWHERE = "/ivp/ensemble/hillearn"
SOURCE = "the simulated gateway of this firmware"
TIMES = 10
"""How often the same is asked, for times."""

LIVE_FOR_S, LIVE_EVERY_S = 30.0, 0.3
"""How long live data is looked at, and how often."""

REPORT_EVERY_S = 2.0
"""Rig seconds between two looks at when devices reported last."""


Lesson = Callable[[Firmware], None]


class GatewayLessons:
    """`stranger` asks without showing who he is; None where the gateway asks nobody."""

    def __init__(self, http: Http, stranger: Http | None, envoy: Envoy, findings: Findings) -> None:
        self._http, self._stranger, self._envoy = http, stranger, envoy
        self._findings = findings
        self._clock = http.clock

    def learn(self, *, watch_s: float) -> None:
        """All of it; `watch_s` rig seconds are spent on when devices report.

        Raises:
            HilError: `/info` is not answered, or it is no gateway's.
        """
        info = self._envoy.info.read()
        self._findings.news(
            "gateway: who answers", f"{info.serial_number}, firmware {info.firmware}"
        )
        lessons: Mapping[str, Lesson] = {
            "refusals": self._refusals,
            "way in": self._strangers,
            "headers": self._manners,
            "keys": self._views,
            "times of answers": self._times,
            "live data": lambda _: self._live(),
            "reports": lambda _: self._reports(watch_s),
        }
        for name, lesson in lessons.items():
            try:
                lesson(info.firmware)
            except HilError as error:
                self._findings.unmeasured(f"gateway: {name}", str(error).partition("\n")[0])

    def _refusals(self, firmware: Firmware) -> None:
        modern = generations.WEB_TOKENS.of(firmware)
        self._answer(
            "answer to an unknown path",
            self._http.get(NOWHERE),
            refusal(404) if modern else NOT_ROUTED,
        )
        self._answer(
            "answer to a wrong method",
            self._http.send("PATCH", ensemble.POWER, b""),
            refusal(405),
        )
        reply = self._http.send("POST", "/ivp/zb/provision", b'{"serial_nums": [')
        name = "gateway: status of malformed JSON (POST /ivp/zb/provision)"
        self._findings.compared(name, 400, reply.status, [_told(reply)], source="interface page")

    def _answer(self, name: str, reply: Reply, believed: Answer) -> None:
        for part, expected, seen in (
            ("status", believed.status, reply.status),
            ("body", believed.body.decode(), reply.text),
            ("Content-Type", believed.content_type, reply.headers.get("content-type")),
        ):
            self._findings.compared(
                f"gateway: {name}: {part}", expected, seen, [_told(reply)], source=SOURCE
            )

    def _strangers(self, firmware: Firmware) -> None:
        if self._stranger is None:
            self._findings.news("gateway: way in", "none: it asks nobody who he is")
            return
        reply = self._stranger.get(ensemble.INVENTORY)
        challenge = reply.headers.get("www-authenticate", "")
        way = (
            "digest"
            if challenge.lower().startswith("digest")
            else "token"
            if reply.status == 401
            else f"none: {reply.status} to a stranger"
        )
        believed = "token" if generations.WEB_TOKENS.of(firmware) else "digest"
        self._findings.compared(
            "gateway: way in", believed, way, [_told(reply), challenge], source=SOURCE
        )
        if way == "token":
            page = no_token(firmware).body
            self._findings.compared(
                "gateway: bytes of the 401 page",
                len(page),
                len(reply.text.encode()),
                [_told(reply)],
                source=SOURCE,
            )

    def _manners(self, firmware: Firmware) -> None:
        reply = self._http.get(ensemble.INVENTORY)
        told = [_told(reply), f"headers {dict(reply.headers)}"]
        modern = generations.WEB_TOKENS.of(firmware)
        indent = re.match(r"[\[{]\s*\n( +)", reply.text)
        info = self._http.get(INFO_PATH)
        for name, believed, seen, evidence in (
            ("Content-Type of JSON", None, reply.headers.get("content-type"), told),
            ("newline at the end of JSON", False, reply.text.endswith("\n"), told),
            ("blanks JSON is indented by", 4, len(indent[1]) if indent else 0, told),
            ("Server header", SERVER if modern else None, reply.headers.get("server"), told),
            (
                "Content-Type of /info",
                None if generations.INFO_IS_SORTED.of(firmware) else "text/xml",
                info.headers.get("content-type"),
                [_told(info)],
            ),
        ):
            self._findings.compared(f"gateway: {name}", believed, seen, evidence, source=SOURCE)

    def _views(self, firmware: Firmware) -> None:
        """Spellings: keys and words that nobody here knows, and what is not understood at all."""
        refused = self._envoy.read_every_view()
        for path, error in refused.items():
            if isinstance(error, NotAuthorized | NotOffered):
                self._findings.unmeasured(f"gateway: keys of {path}", str(error).partition("\n")[0])
        drift = [f"{path}: {', '.join(sorted(keys))}" for path, keys in self._envoy.drift.items()]
        self._findings.compared(
            "gateway: keys and words that nobody here knows",
            "none",
            "; ".join(drift) or "none",
            [f"{sum(error is None for error in refused.values())} views were read"],
            source="hil/envoy",
        )
        inventory = self._envoy.ensemble.inventory()
        places = {each.serial_num: getattr(each, "der_index", None) for each in inventory.encharges}
        if any(place is not None for place in places.values()):
            self._findings.news("gateway: der_index of its batteries", json.dumps(places))

    def _times(self, firmware: Firmware) -> None:
        for assumption, path in (
            ("gateway.response_s", ensemble.INVENTORY),
            ("gateway.livedata_response_s", livedata.STATUS),
        ):
            replies = [self._http.get(path) for _ in range(TIMES)]
            took = [reply.took_s for reply in replies]
            self._findings.number(
                assumption, took, [_told(replies[-1])], grain_s=0.05 + self._clock.grain_s
            )

    def _live(self) -> None:
        """When live data shows other powers than before."""
        until_s, changes = self._clock.now() + LIVE_FOR_S, list[float]()
        before: object = None
        told = ""
        while self._clock.now() < until_s:
            reply = self._http.get(livedata.STATUS)
            meters = _without(as_json(reply.text), "last_update")
            if before is not None and meters != before:
                changes.append(self._clock.now())
                told = _told(reply)
            before = meters
            self._clock.sleep(LIVE_EVERY_S)
        apart = [b - a for a, b in pairwise(changes)]
        if len(apart) < 3:
            why = f"the powers changed {len(changes)} times in {LIVE_FOR_S:g} s: too steady a day to tell"
            self._findings.unmeasured("gateway.live_refresh_s", why)
            return
        # Two looks apart, it seems so much longer or shorter.
        self._findings.number("gateway.live_refresh_s", apart, [told], grain_s=LIVE_EVERY_S)

    def _reports(self, watch_s: float) -> None:
        """How often devices report: the gateway says when each did last."""
        seen: dict[str, list[int]] = {}
        kinds: dict[str, str] = {}
        until_s = self._clock.now() + watch_s
        while self._clock.now() < until_s:
            inventory = self._envoy.ensemble.inventory()
            for kind, devices in (
                ("gateway.report_s", inventory.encharges),
                ("gateway.enpower_report_s", inventory.enpowers),
            ):
                for device in devices:
                    times = seen.setdefault(device.serial_num, [])
                    kinds[device.serial_num] = kind
                    if not times or times[-1] != device.last_rpt_date:
                        times.append(device.last_rpt_date)
            self._clock.sleep(REPORT_EVERY_S)
        for kind in dict.fromkeys(kinds.values()):
            apart = _apart([times for serial, times in seen.items() if kinds[serial] == kind])
            told = [
                f"last_rpt_date of {serial}: {times}"
                for serial, times in seen.items()
                if kinds[serial] == kind
            ]
            if apart:
                self._findings.number(kind, apart, told, grain_s=1.0)
            else:
                why = f"no device reported twice in {watch_s:g} s; give --watch-s more"
                self._findings.unmeasured(kind, why, told)


def _apart(reports: Sequence[Sequence[int]]) -> list[float]:
    """Seconds between the reports of each device. The first one may be older than what followed."""
    return [float(later - earlier) for times in reports for earlier, later in pairwise(times)]


def _without(document: object, key: str) -> object:
    meters = document.get("meters") if isinstance(document, Mapping) else None
    if not isinstance(meters, Mapping):
        raise Unreachable(f"GET {livedata.STATUS}: there are no meters in it")
    return {name: value for name, value in meters.items() if name != key}


def _told(reply: Reply) -> str:
    body = (
        reply.text
        if len(reply.text) <= 600
        else f"{reply.text[:600]}… ({len(reply.text)} characters)"
    )
    kind = reply.headers.get("content-type")
    return f"{reply.method} {reply.url}: {reply.status}, {kind}, in {reply.took_s:.3f} s: {body!r}"
