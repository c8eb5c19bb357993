"""Figures of what is published: which campaigns are live, what is switched off, what is refused."""

from collections.abc import Callable, Iterable, Mapping

from services.control.listing import entries, refused, standing
from services.control.switches import switched_off
from services.metrics.registry import Exported
from udfs.core.campaigns.book import Entry
from udfs.metrics.services import CAMPAIGN_LIVE, CONTROL_UNREADABLE, SWITCHED_OFF


class ControlFigures:
    """Reads control topics again only when something was written: with hundreds of campaigns that takes seconds."""

    def __init__(self, brokers: str, exported: Exported, *, read: Callable[[str, str], Iterable[Entry]] = entries) -> None:
        self._brokers, self._exported, self._read = brokers, exported, read
        self._seen: dict[str, int] = {}

    def read(self, ends: Mapping[str, int]) -> None:
        """Export the figures of the topics whose ends are given. Raises KafkaUnavailable or TopicUnusable."""
        if ends == self._seen:
            return
        live: dict[str, bool] = {}
        off: set[str] = set()
        unreadable = 0
        for topic in ends:
            held = list(self._read(self._brokers, topic))
            published = standing(held)
            switches = {switch.name for switch in switched_off(published)}
            off |= switches
            unreadable += len(refused(held))
            for entry in published:
                if entry.kind == "campaign":
                    works = entry.status == "live" and not {"all", f"campaign/{entry.name}"} & switches
                    live[entry.name] = works or live.get(entry.name, False)
        self._exported.clear(CAMPAIGN_LIVE)
        self._exported.clear(SWITCHED_OFF)
        for name, works in live.items():
            self._exported.set(CAMPAIGN_LIVE, works, campaign=name)
        for what in off:
            self._exported.set(SWITCHED_OFF, 1, what=what)
        self._exported.set(CONTROL_UNREADABLE, unreadable)
        self._seen = dict(ends)
