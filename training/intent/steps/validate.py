"""Step 2 for intents: there are as many texts as the file asks for, and each intent has enough of them."""

from collections import Counter

from training.errors import ValidationError
from training.intent.steps.dataset import texts
from training.steps.step import Run
from udfs.core.values.problems import short

READS = ("validate",)
FEW = 5


def run(run: Run) -> str:
    """Validate. Raises ValidationError if there are fewer texts than `rows`."""
    train, test = texts(run.folder)
    least, number = (run.config["validate"] or {}).get("rows", 0), len(train) + len(test)
    if number < least:
        problem = f"there are {number:,} texts, and there must be {least:,} (validate.rows)"
        raise ValidationError(problem)
    counted = Counter(each.intent for each in train)
    if few := sorted(name for name, many in counted.items() if many < FEW):
        run.say(f"{len(few):,} intents have fewer than {FEW} texts and are hardly learned: {short(', '.join(few), 200)}")
    if new := sorted({each.intent for each in test} - counted.keys()):
        run.say(f"{len(new):,} intents are in the test alone, and count as mistakes: {short(', '.join(new), 200)}")
    return f"{number:,} texts; {min(counted.values()):,} to {max(counted.values()):,} for each intent"
