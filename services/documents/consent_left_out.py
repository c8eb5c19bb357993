"""A policy that says nothing of consent: then marketing reaches nobody who has not agreed, which is not what was meant."""

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.policy.rules import MARKETING


def consent_left_out(policy: CampaignFile) -> list[Finding]:
    """A warning about a well-formed policy without a default for marketing; nothing of other files."""
    consent = policy.document.get("consent") or {}
    if policy.kind != "policy" or MARKETING in (consent.get("default") or {}):
        return []
    what = "marketing is denied to whoever has not agreed, since this policy does not say otherwise"
    cure = "write consent: {default: {marketing: deny}} if that is meant, else consent: {default: {marketing: grant}}"
    return [policy.source.finding(("consent",) if "consent" in policy.document else (), what, suggestion=cure, key=True)]
