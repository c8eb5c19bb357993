"""Step 6 for intents: the ONNX file must answer like the fitted model, for every test text. Only then is it the model."""

from training.intent.parity import parity
from training.intent.steps.dataset import texts
from training.intent.steps.evaluate import answers
from training.intent.steps.fit import FITTED, FitFacts
from training.steps.export import MODEL, PARITY
from training.steps.fit import CANDIDATE
from training.steps.step import Run

READS = ()


def run(run: Run) -> str:
    """Compare, and keep the file. Raises ParityError if any answer differs by more than 0.0001."""
    _, test = texts(run.folder)
    facts, exported = run.folder.get(FITTED, FitFacts), run.folder.read(CANDIDATE)
    agreed = parity(exported, answers(run.folder, len(facts.classes)), [each.text for each in test], bits=facts.bits)
    run.folder.write(MODEL, exported)
    run.folder.put(PARITY, agreed)
    return f"{len(exported):,} bytes; ONNX and estimator differ by at most {agreed.max_abs_difference:.1e} over {agreed.rows:,} texts"
