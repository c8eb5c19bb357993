"""What is doubtful about the reason that a message gives: `{{ because }}` with nothing to say, or of a score that is to be low."""

import ast
from collections.abc import Iterator

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.unknown_names import messages
from services.documents.written import placed
from udfs.core.campaigns.because import BECAUSE, Because
from udfs.core.campaigns.campaign import Campaign
from udfs.core.values.problems import Problem

_LESS, _MORE = (ast.Lt, ast.LtE), (ast.Gt, ast.GtE)


def doubtful_reasons(file: CampaignFile, campaign: Campaign) -> Iterator[Finding]:
    """Where a gap may be left, and where what counts for a score does not count for the message."""
    because = campaign.because
    if because is None:
        return
    if because.default is None:
        for _, path, text, template in messages(file, campaign):
            if BECAUSE in template.bare:
                hint = "write what is said then, as because: {default: …}, or {% if because %} around the words"
                yield file.locate(Problem(path, "{{ because }} leaves a gap where nothing may be said", hint, text.find(BECAUSE)))
    for path, condition in placed(file.document, [campaign.when] if campaign.when else []):
        if _wants_low(condition.source, because, alone=len(campaign.scores) == 1):
            message = f"the message is for a low {because.score}, and {{{{ because }}}} says what makes it high"
            yield file.locate(Problem(path, message, "leave {{ because }} out, or ask a model whose score is high for these customers"))


def _wants_low(condition: str, because: Because, *, alone: bool) -> bool:
    """Whether a condition asks for the score to be less than something, and nowhere for more."""
    names = {f"score.{because.score}", *(["score"] if alone else [])}
    less = more = False
    for node in ast.walk(ast.parse(condition.strip(), mode="eval")):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            left, right = (ast.unparse(side) in names for side in (node.left, node.comparators[0]))
            less |= (left and isinstance(node.ops[0], _LESS)) or (right and isinstance(node.ops[0], _MORE))
            more |= (left and isinstance(node.ops[0], _MORE)) or (right and isinstance(node.ops[0], _LESS))
    return less and not more
