"""Nothing that opens a device reaches a disk: applied to every text before it is written.

Two nets. By value: of a secret that is known, any run of eight characters or more is masked, so
that a truncated dump or a reply cut in two gives no piece away. By form: what looks like a link
key or a token is masked even when nobody announced it (a key just read from a device).
"""

import re
from collections.abc import Iterable

from hil.vocabulary.secret import Secret, fingerprint

PIECE = 8
"""Characters of a secret that may never stand together in an artifact."""

# No more is asked of what stands around them: in a repr a key may follow the n of a "\n".
_FORMS = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f])"  # a link key: 128 bits
    r"|eyJ[\w-]{8,}(?:\.[\w-]+){0,2}"  # a JWT
)


class Redactor:
    """Masks the secrets of one rig in any text."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._values: set[str] = set()
        self._pieces: re.Pattern[str] | None = None
        self.learn(*secrets)

    def learn(self, *secrets: Secret) -> None:
        """Mask these from now on."""
        new = {secret.reveal() for secret in secrets} - self._values
        if not new:
            return
        self._values |= {value for value in new if value}
        pieces = {
            value[start : start + PIECE]
            for value in self._values
            for start in range(max(1, len(value) - PIECE + 1))
        }
        # A lookahead finds pieces that overlap; scrub() joins them.
        alternatives = "|".join(re.escape(piece) for piece in sorted(pieces))
        self._pieces = re.compile(f"(?=({alternatives}))", re.IGNORECASE)

    def scrub(self, text: str) -> str:
        """`text` with every secret replaced by its fingerprint."""
        text = _FORMS.sub(lambda match: mask(match.group()), text)
        if self._pieces is None:
            return text
        spans: list[tuple[int, int]] = []
        for match in self._pieces.finditer(text):
            start, end = match.span(1)
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        for start, end in reversed(spans):
            text = text[:start] + mask(text[start:end]) + text[end:]
        return text


def mask(value: str) -> str:
    """What stands in an artifact for `value`. Case does not matter: keys are hexadecimal."""
    return f"‹secret {fingerprint(value.upper())}›"
