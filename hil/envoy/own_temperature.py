"""`/ivp/peb/rpttemp`: how warm the gateway's own board is.

Source: a public list of endpoints says that it is °C; no body is public. It takes an installer's token.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from hil.envoy.document import Bare

OWN_TEMPERATURE = "/ivp/peb/rpttemp"


class OwnTemperature(Bare[dict[str, JsonValue]]):
    """Whatever it says: the number has a key that nobody knows."""

    @property
    def celsius(self) -> float | None:
        """The one number in it; None where there is none, or several to choose from."""
        found = list(_numbers(self.root))
        return found[0] if len(found) == 1 else None


def _numbers(value: JsonValue) -> Iterator[float]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _numbers(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
