"""Step 7 for intents: the version goes into the store and the registry, with its card. No text is in either."""

from services.model_versions.place import opened
from training.export import OUTPUT
from training.gate import Parity
from training.intent.card import card
from training.intent.steps.dataset import LEFT_OUT, texts
from training.intent.steps.evaluate import Evaluated
from training.intent.steps.fit import FITTED, FitFacts
from training.manifest import AgreedParity, Manifest, OfTexts, Score, Trained
from training.steps.evaluate import EVALUATION
from training.steps.export import MODEL, PARITY
from training.steps.register import RESULTS, VERSION, code
from training.steps.step import Run
from training.store import Store
from udfs.scoring.texts import PLACES

READS = ("store", "registry")


def run(run: Run) -> str:
    """Store and register. A version that is registered already stays as it is."""
    train, test = texts(run.folder)
    exported, facts = run.folder.read(MODEL), run.folder.get(FITTED, FitFacts)
    evaluated, agreed = run.folder.get(EVALUATION, Evaluated), run.folder.get(PARITY, Parity)
    uri, sha256 = Store(run.config.store).put(exported)
    figures = evaluated.figures
    outside = {} if figures.out_of_scope is None else {"out_of_scope": round(figures.out_of_scope, 6)}
    made = Manifest(
        model=run.config.name,
        version=sha256[:12],
        uri=uri,
        sha256=sha256,
        bytes=len(exported),
        task="multiclass",
        classes=list(facts.classes),
        inputs=[],
        input=PLACES,
        output=OUTPUT,
        score=Score(index=0),
        feature_version="none",
        trained=Trained(from_=run.at, to=run.at, rows=len(train), positives=len(train), at=run.at),
        metrics={"rows": len(test), "accuracy": {"value": round(figures.accuracy, 6), "low": figures.low, "high": figures.high}, **outside},
        parity=AgreedParity(rows=agreed.rows, max_abs_difference=agreed.max_abs_difference),
        text=OfTexts(bits=facts.bits, threshold=facts.threshold),
    )
    text = card(made, figures, evaluated.thresholds, facts, train=train, left_out=run.folder.get(LEFT_OUT, dict[str, int]))
    lineage = {
        "at": run.at,
        "run": run.folder.path.name,
        "data": {"source": run.config["texts"]["file"], "rows": len(train)},
        "test": {"rows": len(test)},
        "estimator": facts.estimator,
        "settings": facts.settings,
        "code": code(),
        "champion_then": evaluated.champion,
        "config": dict(run.config.document),
    }
    run.folder.write(f"{RESULTS}.md", text.encode())
    added = opened(run.config.registry).add(made.model, made.document(), {"model.onnx": exported, "card.md": text.encode()}, lineage)
    run.folder.put(VERSION, {"model": made.model, "version": made.version, "manifest": made.document()})
    return f"{made.model} {added.version} in {added.place}"
