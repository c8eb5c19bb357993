"""Step 1 for intents: labelled texts are read, and divided into those to learn from and those for the test."""

from training.intent.texts import Text, read
from training.steps.folder import RunFolder
from training.steps.step import Run

READS = ("predict", "texts")
TRAIN, TEST, LEFT_OUT = "train.jsonl", "test.jsonl", "left_out.json"


def run(run: Run) -> str:
    """Read the texts."""
    found = read(run.config["texts"], run.config.file.parent)
    run.folder.put_lines(TRAIN, found.train)
    run.folder.put_lines(TEST, found.test)
    run.folder.put(LEFT_OUT, dict(found.left_out))
    if found.told:
        run.say(found.told)
    if ambiguous := found.ambiguous:
        run.say(f"{len(ambiguous):,} {'text has' if len(ambiguous) == 1 else 'texts have'} more than one intent")
    intents = len({each.intent for each in found.train})
    return f"{len(found.train):,} texts to learn from, {len(found.test):,} for the test, {intents:,} intents"


def texts(folder: RunFolder) -> tuple[list[Text], list[Text]]:
    """The texts of a run. Raises TrainingError if the step was not run."""
    return folder.get_lines(TRAIN, Text), folder.get_lines(TEST, Text)
