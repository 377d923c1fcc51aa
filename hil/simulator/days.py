"""A running total told by day. The gateway's days begin at midnight UTC: its time zone is the site's."""

DAY_S = 86_400
_KEPT = 8


class Days:
    """The total as it was at the last midnights. What was before the site was built is 0."""

    def __init__(self) -> None:
        self._at_midnight: list[int] = []

    def midnight(self, total: int) -> None:
        """A day has ended."""
        self._at_midnight = [*self._at_midnight, total][-_KEPT:]

    def today(self, total: int) -> int:
        """Since midnight."""
        return total - self._midnights_ago(0)

    @property
    def yesterday(self) -> int:
        """From one midnight to the next."""
        return self._midnights_ago(0) - self._midnights_ago(1)

    @property
    def last_seven(self) -> int:
        """The seven days before today (public captures: today is not among them)."""
        return self._midnights_ago(0) - self._midnights_ago(7)

    def _midnights_ago(self, days: int) -> int:
        known = self._at_midnight
        return known[-1 - days] if days < len(known) else 0
