"""What a search for segments leaves: the model in the store; in a folder the model, its manifest, the report, the picture and segment files."""

from pathlib import Path

import msgspec

from training.export import INPUT, OUTPUT
from training.manifest import AgreedParity, Centres, Manifest, ManifestInput, Score, Trained
from training.reference import binned, ids
from training.segments.customers import Chosen, Customers, matrix
from training.segments.find import Found
from training.segments.methods.method import OUTSIDE
from training.segments.picture import picture
from training.segments.report import report
from training.segments.tree import document, rules
from training.segments.words import Described, described
from training.store import Store

RULES, MODEL_FILE = "segments-from-tree.yaml", "segments-from-model.yaml"


def keep(
    people: Customers, chosen: Chosen, found: Found, *, name: str, history: str, features: str, store: Store, out: Path, at: int, seed: int
) -> tuple[Manifest, list[Described], Path]:
    """Write everything. `features`: version of the features; `at`: now, epoch milliseconds. Raises StoreError."""
    x = matrix(chosen, people)
    segments = described(x, found.z, found.served, chosen)
    made = manifest(people, chosen, found, segments, name=name, features=features, store=store, at=at)
    as_rules = rules(x, found.served, chosen, found.scale, segments, seed=seed)
    folder = out / f"{name}-{made.version}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(found.model)
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(made.document()), indent=2) + b"\n")
    (folder / "report.md").write_text(report(made, people, chosen, found, segments, as_rules, history=history), encoding="utf-8")
    head = f"Written by `python -m training segments`: a decision tree for the segments of {made.model} {made.version}, from {history}.\n" + (
        f"It agrees with the model on {as_rules.agreement:.1%} of customers that it was not made from."
    )
    (folder / RULES).write_text(document(segments, as_rules.conditions, head=head), encoding="utf-8")
    (folder / MODEL_FILE).write_text(by_model(name, segments), encoding="utf-8")
    picture(found.z, found.served, segments, folder / "segments.png", title=f"{made.model} {made.version}", seed=seed)
    return made, segments, folder


def manifest(
    people: Customers, chosen: Chosen, found: Found, segments: list[Described], *, name: str, features: str, store: Store, at: int
) -> Manifest:
    """The manifest of a model of segments: one class for each, in the order of its answer."""
    uri, sha256 = store.put(found.model)
    x, persons = matrix(chosen, people), ids(people.ids)
    by_place = {each.place: each.name for each in segments}
    empty = [f"empty-{n + 1}" if n not in by_place else by_place[n] for n in range(found.rule.segments)]
    scores = found.best.scores
    return Manifest(
        model=name,
        version=sha256[:12],
        uri=uri,
        sha256=sha256,
        bytes=len(found.model),
        task="multiclass",
        classes=[*empty, *([by_place.get(OUTSIDE, "outliers")] if found.rule.outliers else [])],
        inputs=[ManifestInput(each.feature, each.definition) for each in chosen.inputs],
        input=INPUT,
        output=OUTPUT,
        score=Score(index=0),
        feature_version=features,
        trained=Trained(from_=people.at, to=people.at, rows=len(people.ids), positives=0, at=at),
        metrics={
            "segments": {each.name: each.customers for each in segments},
            "method": f"{found.best.title}, {found.best.setting}",
            "silhouette": round(scores.silhouette, 6) if scores else 0.0,
            "stability": round(found.best.stability, 6),
            "agreement": 1.0 if found.best.agreement is None else round(found.best.agreement, 6),
        },
        parity=AgreedParity(rows=len(people.ids), max_abs_difference=found.parity),
        reference={each.feature: binned(x[:, n], persons) for n, each in enumerate(chosen.inputs)},
        segments=_centres(found),
    )


def _centres(found: Found) -> Centres:
    """The middle of each class; of one that nobody is in, and of outliers, the middle of all."""
    middles = []
    for place in [*range(found.rule.segments), *([OUTSIDE] if found.rule.outliers else [])]:
        inside = found.served == place
        middles.append([round(float(each), 6) for each in (found.z[inside].mean(axis=0) if inside.any() else found.z.mean(axis=0))])
    return Centres(means=found.scale.means.tolist(), spreads=found.scale.spreads.tolist(), centres=middles)


def by_model(model: str, segments: list[Described]) -> str:
    """The file of segments that ask the model."""
    return document(segments, {}, head=f"Written by `python -m training segments`: who is in which, the model {model} says.", model=model)
