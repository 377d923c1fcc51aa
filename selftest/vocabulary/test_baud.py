"""What a wrong baud rate looks like: a UART that samples another one's bits."""

import pytest

from hil.vocabulary.baud import another_rate, rate_in

TEXT = b"[12.345] ZB: STATE -> WAITING TO JOIN\r\nENC> devinfo\r\nsn: 122000000131\r\nOK\r\n" * 20


def sampled(data: bytes, *, sent_at: int, read_at: int) -> bytes:
    """The bytes that a receiver at `read_at` makes of 8N1 at `sent_at`, idle between them."""
    bits = "".join("0" + "".join(str(byte >> bit & 1) for bit in range(8)) + "1" for byte in data)

    def level(at_s: float) -> str:
        index = int(at_s * sent_at)
        return bits[index] if 0 <= index < len(bits) else "1"

    heard, at_s, step_s = bytearray(), 0.0, 1 / (16 * read_at)
    while at_s < len(bits) / sent_at:
        if level(at_s) == "1":
            at_s += step_s
            continue
        read = [level(at_s + (bit + 1.5) / read_at) for bit in range(8)]
        heard.append(sum(1 << bit for bit, value in enumerate(read) if value == "1"))
        at_s += 9.5 / read_at
        while at_s < len(bits) / sent_at and level(at_s) == "0":
            at_s += step_s  # the next falling edge is looked for
    return bytes(heard)


@pytest.mark.parametrize("rate", [9600, 38400, 57600, 230400, 921600])
def test_text_at_another_rate_is_recognised(rate: int) -> None:
    heard = sampled(TEXT, sent_at=rate, read_at=115200)[-1000:]
    assert len(heard) >= 16
    told = another_rate(heard, baud=115200)
    assert told is not None
    assert "are no text: looks like another baud rate (try " in told
    assert "115200" not in told.partition("try")[2]


def test_a_much_slower_sender_suggests_lower_rates_first() -> None:
    told = another_rate(sampled(TEXT, sent_at=9600, read_at=115200), baud=115200)
    assert told is not None
    assert told.endswith("(try 57600, 38400, 19200, 9600)")


@pytest.mark.parametrize(
    "heard",
    [
        sampled(TEXT, sent_at=115200, read_at=115200),
        "[1.0] Überlast: 3 ° über 20 °C\r\n".encode(),
        b"\x00\xffU-Boot 2020.01 (Jan 01 2020 - 00:00:00)\r\n",
        b"\x1b[1;32mENC>\x1b[0m ",
        b"",
    ],
    ids=["right rate", "other alphabets", "a glitch at power-on", "colours", "silence"],
)
def test_text_is_left_alone(heard: bytes) -> None:
    assert another_rate(heard, baud=115200) is None


def test_framing_errors_speak_for_themselves() -> None:
    told = another_rate(b"looks like text", baud=9600, framing_errors=200)
    assert told is not None
    assert "the driver counts 200 framing errors" in told


def test_the_rate_is_read_from_the_label_of_a_line() -> None:
    assert rate_in("/dev/ttyUSB3 (now /dev/ttyUSB4) at 57600 baud") == 57600
    assert rate_in("a line of its own") is None
