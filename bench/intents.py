"""The public data sets of intents, as training files read them. For evidence and tests."""

from pathlib import Path

from bench.public_data import DATA

BANKING = f"{{file: {DATA}/banking77/train.csv, test: {DATA}/banking77/test.csv, intent: category}}"
CLINC = f"{{file: {DATA}/clinc150/data_full.json, train: [train, oos_train], test_of: [test, oos_test], out_of_scope: oos}}"


def training(folder: Path, name: str, texts: str, *, threshold: float | None = None, gate: str = "{}") -> Path:
    """Write a training file into this folder."""
    path = folder / f"{name}.yaml"
    path.write_text(f"""training: {name}
predict: intent
texts: {texts}
{"" if threshold is None else f"threshold: {threshold}"}
gate: {gate}
store: store
registry: registry
runs: runs
""")
    return path
