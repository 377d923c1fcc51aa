"""How a device's console speaks: prompt, echo, line ends, words, lines of its replies, times."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.consoles.dialect import Dialect
from hil.errors import LineLost
from hil.learning.findings import Findings, belief, is_assumption
from hil.learning.raw_console import Heard, RawConsole
from hil.transports.lines import plain
from hil.vocabulary.secret import Secret

UNKNOWN = "hillearn"
"""No device knows this command."""

TIMES = 15
"""How often the same is asked, for times."""

ENDS = ("\r", "\n", "\r\n")


@dataclass(frozen=True)
class Known:
    """What is known of a device from elsewhere: the rig file, and what the gateway says of it."""

    name: str
    """Kind and serial number."""
    kind: str
    """`encharge` or `enpower`."""
    serial_number: str
    device_type: int
    mac: str
    link_key: Secret | None
    app_firmware: str | None
    """As the gateway names it; None where it does not answer."""


@dataclass
class _Course:
    console: RawConsole
    known: Known
    today: Dialect
    findings: Findings
    otherwise: dict[str, object] = field(default_factory=dict)
    """What today's dialect lacks: the proposal."""
    end: str = "\r"
    prompt: str = ""
    echo: bool = True

    def entry(
        self, name: str, measured: object, heard: Heard, *, agrees: bool | None = None
    ) -> None:
        """An entry of the dialect; proposed where it is another than today's."""
        believed = getattr(self.today, name)
        shown = believed.pattern if isinstance(believed, re.Pattern) else believed
        same = self.findings.compared(
            f"{self.known.name}: {name}",
            shown,
            measured,
            [heard.told()],
            source="hil/consoles/dialect.py, and what the rig file says otherwise",
            agrees=agrees,
        )
        if not same:
            self.otherwise[name] = measured

    def ask(self, command: str) -> Heard:
        """Ask, until the prompt is back."""
        prompt = self.prompt.encode()
        return self.console.ask(
            command + self.end,
            ended=lambda data: data.endswith(prompt) and data.strip() != command.encode(),
        )

    def lines(self, heard: Heard) -> list[str]:
        """The lines of a reply: without echo, prompt and log lines."""
        text = plain(heard.text.replace("\r\n", "\n").replace("\r", "\n"))
        command = heard.typed.rstrip("\r\n")
        found = [line.removeprefix(self.prompt) for line in text.split("\n")]
        log = self.today.log_line
        kept = [line for line in found if line.strip() and not log.search(line)]
        if self.echo and kept and kept[0].endswith(command):
            kept.pop(0)
        return [line for line in kept if line != self.prompt.rstrip()]


def learn_cli(
    console: RawConsole, known: Known, today: Dialect, findings: Findings
) -> Mapping[str, object]:
    """Ask a console what can be asked without changing anything; what of the dialect is otherwise."""
    course = _Course(console, known, today, findings, end=today.end_of_command)
    try:
        if _prompt(course):
            info = _echo(course)
            _unknown_command(course)
            _replies(course, info)
            _times(course)
            _log_lines(course)
    except LineLost as lost:
        findings.unmeasured(f"{known.name}: console", str(lost))
    return course.otherwise


def _prompt(course: _Course) -> bool:
    """Whether there is somebody who prompts; how a command is ended, too."""
    name, looked = course.known.name, list[Heard]()
    for end in dict.fromkeys((course.today.end_of_command, *ENDS)):
        course.console.ask(end)  # ends what somebody has left half typed
        looked = [course.console.ask(end) for _ in range(3)]
        tails = Counter(heard.tail for heard in looked if heard.tail.strip())
        if not tails:
            continue
        (prompt, times), *_ = tails.most_common()
        if times < 2:
            course.findings.unmeasured(
                f"{name}: prompt",
                "it is another each time, and a dialect knows one that stays",
                [each.told() for each in looked],
                believed=course.today.prompt,
            )
            return False
        course.end, course.prompt = end, prompt
        course.entry("prompt", prompt, looked[-1])
        course.entry("end_of_command", end, looked[-1])
        _assumed(course, f"cli.prompt_{course.known.kind}", prompt, looked[-1])
        _baud(course, looked[-1])
        return True
    heard = b"".join(each.data for each in looked)
    why = f"an empty command brings nothing back on {course.console.where}: suspect power, cable, TX and RX swapped"
    if heard:
        why = (
            course.console.suspicion
            or f"an empty command brings back no prompt on {course.console.where}"
        )
    course.findings.unmeasured(
        f"{name}: prompt", why, [each.told() for each in looked], believed=course.today.prompt
    )
    return False


def _baud(course: _Course, heard: Heard) -> None:
    suspicion = course.console.suspicion
    if suspicion:
        course.findings.unmeasured(f"{course.known.name}: baud", suspicion, [heard.told()])
    else:
        course.findings.news(
            f"{course.known.name}: line",
            f"{course.console.where}: what comes is text",
            [heard.told()],
        )


def _echo(course: _Course) -> Heard:
    """Whether it repeats what is typed; the reply to devinfo, for what follows."""
    command = course.today.devinfo
    heard = course.ask(command)
    course.echo = command in plain(heard.text).replace("\r", "\n").split("\n")[0]
    if not course.echo and plain(heard.text).count(command) > 1:
        course.echo = True  # a log line came first
    course.entry("echo", course.echo, heard)
    _assumed(course, "cli.echo", course.echo, heard)
    ends = Counter(re.findall(r"\r\n|\r|\n", heard.text))
    course.findings.news(
        f"{course.known.name}: line ends it prints",
        ", ".join(f"{n} × {end!r}" for end, n in ends.most_common()),
        [heard.told()],
    )
    return heard


def _unknown_command(course: _Course) -> None:
    heard = course.ask(UNKNOWN)
    said = [line for line in course.lines(heard) if UNKNOWN in line] or course.lines(heard)[:1]
    if not said:
        course.findings.unmeasured(
            f"{course.known.name}: unknown_command", "it says nothing", [heard.told()]
        )
        return
    pattern = ".*".join(re.escape(part) for part in said[0].split(UNKNOWN))
    known = bool(course.today.unknown_command.fullmatch(said[0]))
    measured = course.today.unknown_command.pattern if known else pattern
    course.entry("unknown_command", measured, heard, agrees=known)
    _assumed(course, "cli.unknown_command", said[0].replace(UNKNOWN, "{word}"), heard)


def _replies(course: _Course, info: Heard) -> None:
    """The lines of replies, found by what is known from elsewhere."""
    known, lines = course.known, course.lines(info)
    asked = {
        "AI": course.ask(course.today.at_command("AI")),
        "psts": course.ask(course.today.psts),
        "key": course.ask(course.today.get_key),
    }
    ends = Counter(
        said[-1] for said in (lines, *(course.lines(each) for each in asked.values())) if said
    )
    if ends:
        _end_of_reply(course, ends.most_common(1)[0][0], info)
    _line(course, "serial_number_line", lines, re.escape(known.serial_number), info)
    _line(course, "device_type_line", lines, rf"(?<![\w.]){known.device_type}(?![\w.])", info)
    _line(course, "mac_line", lines, f"(?i:{re.escape(known.mac)})", info)
    _line(course, "part_number_line", lines, r"\b\d{3}-\d{5}-r\d+", info)
    _line(course, "radio_firmware_line", lines, r"\b(?:0x)?1[0-9A-F]{3}\b", info)
    if known.app_firmware is None:
        course.findings.unmeasured(
            f"{known.name}: app_firmware_line", "the gateway does not say what it is"
        )
    else:
        _line(course, "app_firmware_line", lines, re.escape(known.app_firmware), info)
    if known.link_key is not None:
        key = f"(?i:{known.link_key.reveal()})"
        _line(course, "key_line", course.lines(asked["key"]), key, asked["key"])
    _at_line(course, asked["AI"])
    for name in ("pairing_line", "zb_line", "parent_line", "retries_line"):
        pattern = getattr(course.today, name)
        if any(pattern.fullmatch(line) for line in course.lines(asked["psts"])):
            course.entry(name, pattern.pattern, asked["psts"])
        else:
            course.findings.unmeasured(
                f"{known.name}: {name}",
                f"no line like it in the reply to {course.today.psts!r}: write it by hand",
                [asked["psts"].told()],
                believed=pattern.pattern,
            )


def _end_of_reply(course: _Course, end: str, heard: Heard) -> None:
    is_known = bool(course.today.end_of_reply.fullmatch(end))
    _assumed(course, "cli.done", end, heard)
    unknown = course.otherwise.get("unknown_command")
    if is_known and unknown is None:
        course.entry("end_of_reply", course.today.end_of_reply.pattern, heard)
        return
    today = course.today.end_of_reply.pattern
    if not is_known:
        done = re.escape(end)
        today = "|".join(
            [done, f".* {done}", *(each for each in today.split("|") if "OK" not in each)]
        )
    if unknown is not None:
        gone = course.today.unknown_command.pattern
        today = "|".join([*(each for each in today.split("|") if each != gone), str(unknown)])
    course.entry("end_of_reply", today, heard)


def _line(course: _Course, name: str, lines: list[str], value: str, heard: Heard) -> None:
    """The line in which `value` stands, as a pattern; what a value looks like is today's."""
    today: re.Pattern[str] = getattr(course.today, name)
    if any(
        (at := today.fullmatch(line)) and at["value"] and re.fullmatch(value, at["value"])
        for line in lines
    ):
        course.entry(name, today.pattern, heard)
        return
    for line in lines:
        if (found := re.search(value, line)) is not None:
            form = re.search(r"\(\?P<value>(.*?)\)(?:\)|$)", today.pattern)
            inner = form[1] if form else r"\S+"
            before, after = line[: found.start()], line[found.end() :]
            course.entry(name, f"{re.escape(before)}(?P<value>{inner}){re.escape(after)}", heard)
            return
    course.findings.unmeasured(
        f"{course.known.name}: {name}",
        "what it should hold stands in no line of the reply",
        [heard.told()],
        believed=today.pattern,
    )


def _at_line(course: _Course, heard: Heard) -> None:
    today = course.today.at_value_line
    lines = course.lines(heard)
    if any(today.fullmatch(line) for line in lines):
        course.entry("at_value_line", today.pattern, heard)
        return
    for line in lines:
        if found := re.fullmatch(r"(.*?)\bAI\b(\W+)([0-9A-Fa-f]{1,2})(\W*)", line):
            before, between, _, after = map(re.escape, found.groups())
            pattern = f"{before}(?P<what>[A-Z]{{2}}){between}(?P<value>[0-9A-Fa-f]+){after}"
            course.entry("at_value_line", pattern, heard)
            return
    course.findings.unmeasured(
        f"{course.known.name}: at_value_line",
        "no line with AI and a hexadecimal number came",
        [heard.told()],
        believed=today.pattern,
    )


def _times(course: _Course) -> None:
    first, whole, busy = list[float](), list[float](), list[Heard]()
    heard = None
    for _ in range(TIMES):
        heard = course.ask(course.today.at_command("AI"))
        lines = course.lines(heard)
        if any(course.today.busy.fullmatch(line) for line in lines):
            busy.append(heard)
            continue
        begin = heard.data.find(b"\n") + 1 if course.echo else 0
        times = heard.after_s(begin), heard.after_s(len(heard.data) - 1)
        if times[0] is not None and times[1] is not None:
            first.append(times[0])
            whole.append(times[1])
    told = [heard.told()] if heard is not None else []
    is_new = not any(each.name == "cli.reply_s" for each in course.findings.found)
    if first and is_new:
        course.findings.number("cli.reply_s", first, told, grain_s=0.02)
    if whole:
        course.findings.news(
            f"{course.known.name}: time to a whole reply",
            f"{max(whole):.3f} s at most, {TIMES} times",
            told,
        )
    course.findings.news(
        f"{course.known.name}: busy",
        f"{len(busy)} of {TIMES} times",
        [each.told() for each in busy[:3]],
    )


def _log_lines(course: _Course) -> None:
    """What it has said by itself since its line was opened."""
    text = plain(course.console.everything().decode("utf-8", "replace").replace("\r", "\n"))
    stamped = [line for line in text.split("\n") if re.match(r"\W*\[ *\d+\.\d+\]", line)]
    pattern = log_line(course.known.name, course.today, stamped, course.findings)
    if pattern is not None:
        course.otherwise["log_line"] = pattern


def log_line(name: str, today: Dialect, stamped: list[str], findings: Findings) -> str | None:
    """What log lines begin with, from lines that have a time in front; a pattern where it is not today's."""
    believed = today.log_line.pattern
    if not stamped:
        findings.unmeasured(
            f"{name}: log_line",
            "no line with a time in front came by itself; --disturb hears some",
            believed=believed,
        )
        return None
    measured = believed
    if not all(today.log_line.search(line) for line in stamped):
        found = re.match(r"(\W*)\[ *\d+\.\d+\](\W*\w+\W+)", stamped[0])
        before, tag = (found[1], found[2]) if found else ("", " ")
        time_of_it = r"\[ *(?P<uptime>\d+\.\d+)\]"
        measured = f"{re.escape(before)}{time_of_it}{re.escape(tag)}(?P<text>.*)"
    same = findings.compared(
        f"{name}: log_line", believed, measured, stamped[:3], source="hil/consoles/dialect.py"
    )
    return None if same else measured


def _assumed(course: _Course, name: str, measured: object, heard: Heard) -> None:
    """The simulated rig's belief of the same; said once, by the first console of a kind."""
    if not is_assumption(name) or any(each.name == name for each in course.findings.found):
        return
    believed, source = belief(name)
    course.findings.compared(name, believed, measured, [heard.told()], source=source)
