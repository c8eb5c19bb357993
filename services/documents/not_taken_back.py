"""Find the features of orders that go on counting an order that was cancelled or refunded."""

from services.documents.files import CampaignFile
from udfs.core.features.standing import takes_back
from udfs.core.profile.orders import COMPLETED


def not_taken_back(file: CampaignFile) -> list[str]:
    """The names of such features: every aggregate of `order_completed` but counts, and sums and means of what the order came to."""
    found = file.document.get("features") if file.kind == "features" else None
    return [
        str(feature["name"])
        for feature in (found if isinstance(found, list) else ())
        if isinstance(feature, dict)
        and "aggregate" in feature
        and COMPLETED in (feature["event"] if isinstance(feature["event"], list) else [feature["event"]])
        and not takes_back(str(feature["aggregate"]), feature.get("of"))
    ]
