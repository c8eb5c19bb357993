"""Claim 4 of the world: programmes that needed a workaround are written without one, and each passes its stories."""

from pathlib import Path

from bench.report import ROOT, Claim, at_least, exactly, measured
from services.documents.check import assess
from services.documents.files import CampaignFile, features_for, load_campaign_files
from services.documents.scenarios import load_scenarios
from services.local.trial import try_out

FOLDER = ROOT / "docs" / "examples" / "programmes"
WORKAROUND = {
    "browse-abandonment": "nine figures for three products",
    "cart-three-messages": "margins of what had been removed counted; an order under another cart_id did not stop it",
    "cross-sell": "the shop had to list the categories next to the products",
    "replenishment": "a feature, a segment and a campaign for each length of the cycle",
    "vip": "a segment of those who were gold once",
    "trial-ends": "one trial for each customer",
    "survey": "a control group of 95 %, under a new name each month",
    "newsletter": "a segment over weekday and hour",
    "languages": "yen written as dollars, and no dates",
    "best-hour": "a segment over the hour, looked at each hour",
}
"""Programme -> its workaround before."""
GAP = {
    "win-back-by-value": "one currency only",
    "birthday": "one form of dates",
    "onboarding": "looked again after days, and did not go on at once",
    "account-usage": "figures of one person",
    "referral": "ended by the third order",
    "lead-score": "a company's size that comes as a text was unknown, and so was the score",
    "orders-and-parcels": "one review of an order for two parcels",
    "back-in-stock": "a change of the catalogue is nobody's event",
}
"""Programme -> what it did not do before."""
CANNOT = {
    "price drop": "a change of the catalogue is nobody's event, and nothing looks up who viewed the product",
    "a sale for everybody now": "a campaign begins with an event of a customer, or with their date",
    "codes from a pool": "a decision must not depend on other customers",
    "loyalty bandit": "variants are not chosen by what they brought",
}
"""What still needs another service, or cannot be had."""
IN_PART = {
    "account-usage": "the backend sums up over the people of an account",
    "replenishment": "the shop sends one event for each line of an order",
    "newsletter": "goes from issue to issue by receipts; whoever sends no event after it was published is not reached",
    "best-hour": "the hour is computed elsewhere",
    "back-in-stock": "the shop sends one event for each customer who waits",
}
"""What is written, and what somebody else still does for it."""


def check() -> list[Claim]:
    """Every programme: its files, its stories, and what is left."""
    folders = sorted(path for path in FOLDER.iterdir() if path.is_dir())
    told = [_stories(folder) for folder in folders]
    passed, stories = sum(good for good, _, _ in told), sum(many for _, many, _ in told)
    sound = {folder.name for folder, (good, many, doubts) in zip(folders, told, strict=True) if good == many > 0 and not doubts}
    return [
        exactly("programmes with a workaround before that pass all their stories now", len(sound & WORKAROUND.keys()), "programmes", len(WORKAROUND)),
        exactly("programmes with a gap before that pass all their stories now", len(sound & GAP.keys()), "programmes", len(GAP)),
        measured("of all these, written with Kairos alone", len(sound - IN_PART.keys()), "programmes"),
        measured(f"with help from outside: {_listed(IN_PART)}", len(IN_PART), "programmes"),
        measured(f"programmes that still cannot be written: {_listed(CANNOT)}", len(CANNOT), "programmes"),
        at_least("stories in them", stories, "stories", 3 * len(folders)),
        exactly("stories passed", passed, "stories", stories),
        exactly("problems and doubts that the check has about their files", sum(doubts for _, _, doubts in told), "findings", 0),
    ]


def _listed(reasons: dict[str, str]) -> str:
    return "; ".join(f"{name} ({why})" for name, why in reasons.items())


def _stories(folder: Path) -> tuple[int, int, int]:
    """Of one programme: stories passed, stories, and findings of the check."""
    files = load_campaign_files([folder])
    found = assess(files)
    trials = [_passes(file, files) for file in files if file.kind == "campaign"]
    return sum(good for good, _ in trials), sum(many for _, many in trials), len(found.findings) + len(found.doubts)


def _passes(campaign: CampaignFile, files: list[CampaignFile]) -> tuple[int, int]:
    scenarios = load_scenarios(campaign.scenarios)
    features = features_for(files)
    return sum(try_out(each, campaign=campaign, files=files, features=features).passed for each in scenarios), len(scenarios)
