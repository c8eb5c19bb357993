"""Where a customer lives, as far as a clock or a calendar needs to know."""

from zoneinfo import ZoneInfo

from udfs.core.profile.state import Profile
from udfs.core.values.zones import zone

UTC_ZONE = ZoneInfo("UTC")


def zone_of(profile: Profile, fallback: str | None) -> ZoneInfo | None:
    """The customer's zone: the trait `timezone`, else the zone last seen, else `fallback`; None when all of these are unknown."""
    told = profile.traits.get("timezone")
    if isinstance(told, str) and (place := zone(told)) is not None:
        return place
    if profile.zone and (place := zone(profile.zone)) is not None:
        return place
    return zone(fallback) if fallback else None
