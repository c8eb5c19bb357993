"""Step 7 for values: the version goes into the store and the registry, with its card, and where it came from."""

from services.model_versions.place import opened
from training.export import INPUT
from training.gate import Parity
from training.manifest import AgreedParity, Manifest, Score, Trained, written
from training.phrases import phrases_of
from training.reference import reference
from training.steps.evaluate import EVALUATION
from training.steps.export import MODEL, PARITY
from training.steps.fit import FITTED, FitFacts
from training.steps.register import RESULTS, VERSION, cache_of, lineage
from training.steps.step import Run
from training.store import Store
from training.value.card import card
from training.value.graph import OUTPUT
from training.value.measures import Evaluation
from training.value.steps.evaluate import Evaluated
from training.value.steps.material import Material, material

READS = ("store", "registry", "cache", "because")


def run(run: Run) -> str:
    """Store and register. A version that is registered already stays as it is."""
    found, exported = material(run), run.folder.read(MODEL)
    fitted, evaluated = run.folder.get(FITTED, FitFacts), run.folder.get(EVALUATION, Evaluated)
    uri, sha256 = Store(run.config.store).put(exported)
    made = _manifest(run, found, evaluated.figures, exported, uri=uri, sha256=sha256)
    text = card(made, found.base.facts, evaluated.figures, settings=f"{fitted.estimator}: {fitted.settings}")
    run.folder.write(f"{RESULTS}.md", text.encode())
    files = {"model.onnx": exported, "card.md": text.encode()}
    added = opened(run.config.registry).add(made.model, made.document(), files, lineage(run, found.base, fitted, evaluated.champion, made))
    run.folder.put(VERSION, {"model": made.model, "version": made.version, "manifest": made.document()})
    return f"{made.model} {added.version} in {added.place}"


def _manifest(run: Run, found: Material, figures: Evaluation, exported: bytes, *, uri: str, sha256: str) -> Manifest:
    rows = found.base.parts.train if found.estimator.reads_labels else found.base.parts.test
    agreed = run.folder.get(PARITY, Parity)
    return Manifest(
        model=run.config.name,
        version=sha256[:12],
        uri=uri,
        sha256=sha256,
        bytes=len(exported),
        task="regression",
        classes=list(found.estimator.answers),
        inputs=written(found.inputs),
        input=INPUT,
        output=OUTPUT,
        score=Score(index=0),
        feature_version=found.base.facts.feature_version,
        trained=Trained(from_=rows[0].at, to=rows[-1].at, rows=len(rows), positives=sum(row.label for row in rows), at=run.at),
        metrics=_metrics(figures),
        parity=AgreedParity(rows=agreed.rows, max_abs_difference=agreed.max_abs_difference),
        cache=cache_of(run.config),
        reference=reference(found.inputs, rows),
        because=phrases_of(run.config["because"] or {}, found.inputs, run.say),
    )


def _metrics(figures: Evaluation) -> dict[str, object]:
    """The figures of the test customers, in the form of the manifest."""
    triples = {name: {"value": round(each.value, 6), "low": round(each.low, 6), "high": round(each.high, 6)} for name, each in figures.model.items()}
    orders = {} if figures.orders_mae is None else {"orders_mae": round(figures.orders_mae, 6)}
    return {"rows": figures.rows, "share": round(figures.share, 6), **triples, "bias": round(figures.bias, 6), **orders}
