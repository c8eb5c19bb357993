"""What a banner says about consent, in the shape that core reads. What cannot be read grants nothing."""

from typing import Any

from udfs.codecs.amounts import Wrong
from udfs.codecs.kinds import flag, from_json
from udfs.codecs.properties import shown
from udfs.codecs.reasons import Aside, RejectionReason

_FIELDS = ("consent", "consentManagement")


def check_consent(context: dict[str, Any], asides: list[Aside]) -> None:
    """Put `context.consent` (Segment) and `context.consentManagement` (RudderStack) into one shape."""
    if "consent_management" in context and "consentManagement" not in context:
        context["consentManagement"] = context["consent_management"]
    for field in _FIELDS:
        found = context.get(field)
        if found is None or found == []:
            continue
        if not isinstance(found, dict):
            _aside(f"context.{field}", "an object", found, asides)
        elif field == "consent":
            _preferences(found, asides)
        else:
            for name, other in (("allowedConsentIds", "allowed_consent_ids"), ("deniedConsentIds", "denied_consent_ids")):
                if other in found and name not in found:
                    found[name] = found[other]
                if name in found:
                    found[name] = _ids(found[name], f"context.{field}.{name}", asides)


def denies(context: dict[str, Any]) -> bool:
    """Whether a banner takes something back."""
    consent, management = context.get("consent"), context.get("consentManagement")
    ticks = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return (isinstance(ticks, dict) and False in ticks.values()) or (isinstance(management, dict) and bool(management.get("deniedConsentIds")))


def _preferences(consent: dict[str, Any], asides: list[Aside]) -> None:
    ticks = consent.get("categoryPreferences", consent.get("category_preferences"))
    if ticks is None or ticks == []:
        return
    if isinstance(ticks, str):
        ticks = from_json(ticks)
    consent["categoryPreferences"] = ticks
    if not isinstance(ticks, dict):
        _aside("context.consent.categoryPreferences", "an object of true and false", ticks, asides)
        return
    for category, ticked in ticks.items():
        if type(ticked) is bool or ticked is None:
            continue
        try:
            ticks[category] = flag(ticked)
        except Wrong as wrong:
            ticks[category] = False
            _aside(f"context.consent.categoryPreferences.{category}", str(wrong), ticked, asides)


def _ids(found: Any, path: str, asides: list[Aside]) -> list[str]:
    listed = found if isinstance(found, list) else [] if found is None else [found]
    ids = [each if isinstance(each, str) else str(each) for each in listed if type(each) in (str, int)]
    if len(ids) < len(listed):
        _aside(path, "a list of ids", found, asides)
    return ids


def _aside(path: str, wanted: str, found: Any, asides: list[Aside]) -> None:
    message = f"{path.rpartition('.')[2]} must be {wanted}; got {shown(found)}"
    asides.append(Aside(RejectionReason.BAD_PROPERTY, path, message))
