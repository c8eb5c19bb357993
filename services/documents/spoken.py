"""Descriptions of parts of a campaign."""

from typing import Any

from udfs.core.campaigns.exits import in_words


def trigger_in_words(trigger: Any) -> str:
    """Describe a campaign's trigger, such as `30m after the last touch of a cart, unless order_completed`."""
    if not isinstance(trigger, dict):
        return "?"
    unless = f", unless {' or '.join(in_words(trigger['unless']))}" if trigger.get("unless") else ""
    if "idle" in trigger:
        what = {"cart": "a cart untouched", "browsing": "no browsing", "any": "no activity"}.get(str(trigger.get("of")), "silence")
        return f"{what} for {trigger['idle']}{unless}"
    if "since" in trigger:
        return f"{trigger.get('wait')} since the last {' or '.join(_listed(trigger['since']))}{unless}"
    if "date" in trigger:
        before = f"{trigger['before']} before " if "before" in trigger else ""
        return f"{before}{trigger['date']}, at {trigger.get('at', '09:00')}{unless}"
    if "enters" in trigger:
        return f"coming into the segment {trigger['enters']}{unless}"
    if "leaves" in trigger:
        return f"leaving the segment {trigger['leaves']}{unless}"
    becomes = f" makes {trigger['becomes']}" if "becomes" in trigger else ""
    return f"{' or '.join(_listed(trigger.get('event')))}{becomes}{unless}"


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
