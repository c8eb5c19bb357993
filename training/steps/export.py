"""Step 6: the ONNX file must answer like the estimator, on every test row. Only then is it the model."""

from training.gate import Parity, parity
from training.steps.fit import ANSWERS, CANDIDATE
from training.steps.material import answers, material
from training.steps.step import Run

READS = ()
MODEL, PARITY = "model.onnx", "parity.json"


def run(run: Run) -> str:
    """Compare, and keep the file. Raises ParityError if any row differs by more than 0.0001."""
    found, exported = material(run), run.folder.read(CANDIDATE)
    agreed: Parity = parity(exported, answers(run, ANSWERS), found.test(), found.parts.test)
    run.folder.write(MODEL, exported)
    run.folder.put(PARITY, agreed)
    return f"{len(exported):,} bytes; ONNX and estimator differ by at most {agreed.max_abs_difference:.1e} over {agreed.rows:,} rows"
