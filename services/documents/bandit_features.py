"""Features of a linear bandit that are texts or lists: they compile, and would tell it nothing."""

import ast

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.kinds import Kinds
from services.documents.written import placed
from udfs.core.campaigns.campaign import Campaign

_WORDS = {"text": "a text", "list": "a list", "object": "an object"}


def features_that_are_no_numbers(file: CampaignFile, campaign: Campaign, kinds: Kinds) -> list[Finding]:
    """Those whose kind is known, and neither a number nor true or false."""
    found = []
    for path, expression in placed(file.document, campaign.bandit.linear if campaign.bandit else ()):
        kind = kinds.of(ast.parse(expression.source.replace("\n", " ").strip(), mode="eval").body)
        if kind in _WORDS:
            message = f"{expression.source} is {_WORDS[kind]}, and a linear bandit learns by numbers, or by what is true or false"
            found.append(file.source.finding(path, message, suggestion="write bandit: contextual, or a comparison that is true or false"))
    return found
