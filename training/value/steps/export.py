"""Step 6 for values: the ONNX file must answer like the estimator, for every test customer. Only then is it the model."""

from training.gate import Parity, parity_of
from training.steps.export import MODEL, PARITY
from training.steps.fit import ANSWERS, CANDIDATE
from training.steps.material import answers
from training.steps.step import Run
from training.value.graph import OUTPUT
from training.value.steps.material import material

READS = ()


def run(run: Run) -> str:
    """Compare, and keep the file. Raises ParityError if any answer differs by more than 0.0001 of itself, or of 1 if it is less."""
    found, exported = material(run), run.folder.read(CANDIDATE)
    agreed: Parity = parity_of(exported, answers(run, ANSWERS), found.test.x, output=OUTPUT)
    run.folder.write(MODEL, exported)
    run.folder.put(PARITY, agreed)
    return f"{len(exported):,} bytes; ONNX and estimator differ by at most {agreed.max_abs_difference:.1e} over {agreed.rows:,} rows"
