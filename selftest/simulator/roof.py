"""What a site's inverters can make of the sun, by the site file alone."""

from hil.simulator.site_file import SiteFile


class Roof:
    """The inverters, each with its part of the sun that falls on its array."""

    def __init__(self, truth: SiteFile) -> None:
        of_array = [each.array for each in truth.inverters]
        self._rated_mw = [round(each.rated_power_w * 1000) for each in truth.inverters]
        self._shares = [truth.energy.arrays[array] / of_array.count(array) for array in of_array]

    def could_mw(
        self, sun_mw: int, awake: tuple[bool, ...], limit: float | None, soft_start: float
    ) -> int:
        """Those that are awake, none above its rating; a site that names none makes all of it.

        `limit`, and `soft_start` below 1: what all may give of their ratings together.
        """
        each_mw = [
            min(rated_mw, int(sun_mw * share))
            for rated_mw, share in zip(self._rated_mw, self._shares, strict=True)
        ]
        made_mw = sum(mw for mw, is_awake in zip(each_mw, awake, strict=True) if is_awake)
        could_mw = made_mw if each_mw else sun_mw
        rated_mw = sum(self._rated_mw)
        if limit is not None:
            could_mw = min(could_mw, round(rated_mw * limit))
        if soft_start < 1:
            could_mw = min(could_mw, round((rated_mw or sun_mw) * soft_start))
        return could_mw

    def standby_mw(self, whole_mw: int, awake: tuple[bool, ...]) -> int:
        """What they take while they stand by, where all of them take `whole_mw`."""
        return int(whole_mw * sum(awake) / len(awake)) if awake else whole_mw
