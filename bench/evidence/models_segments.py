"""Claim 4 of models: segments of the customers of Online Retail, by every method, with the agreement of what serves them on customers unseen.

Recency, frequency and money need orders alone, so only these are replayed.
"""

import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

from bench.public_data import RETAIL
from bench.report import Claim, at_least, at_most, exactly, measured
from services.documents.check import check as check_files
from services.documents.files import load_campaign_files
from services.local.book import book_of
from services.local.job import LocalJob
from services.local.models import with_models
from services.replay.online_retail import online_retail
from services.replay.records import History
from training.gate import ask, session_of
from training.inputs import Floats
from training.options import PROBE
from training.segments.customers import Chosen, Customers, choose, customers, matrix
from training.segments.find import TOLERANCE, Found, find
from training.segments.methods.all import METHODS
from training.segments.results import MODEL_FILE, RULES, keep
from training.segments.tree import rules
from training.segments.words import described
from training.store import Store
from udfs.core.profile.stored import decode
from udfs.core.records import Segment

FEATURES = PROBE.parent / "rfm.yaml"
SEGMENTS = 4
COMPARED = (3, 4, 5, 6)
ORDER = b'"Order Completed"'
SILHOUETTE, STABLE, AGREES, TREE = 0.33, 0.85, 0.97, 0.85
ROWS = 500
LINES = 60_000
LIVE_MS = 5.0


def check() -> list[Claim]:
    """The numbers of segments compared for k-means, every method with four, the report, and the time to answer for a row."""
    if not RETAIL.exists():
        return [Claim(claim="the Online Retail data is there", figure=f"not at {RETAIL.name}", unit="", goal="there", holds=False)]
    book = book_of([PROBE], features=FEATURES)
    everything = online_retail(RETAIL)
    orders = History(events=everything.events, records=(each for each in everything.records if ORDER in each.value))
    people = customers(orders, book)
    chosen = choose(people, book.features, ())
    x = matrix(chosen, people)
    claims = [measured("customers with an order", len(people.ids), "customers")]
    best = find(x, names=["kmeans"], numbers=COMPARED)
    for trial in best.trials:
        if trial.scores is not None:
            figures = f"Calinski-Harabasz {trial.scores.calinski_harabasz:,.0f}, Davies-Bouldin {trial.scores.davies_bouldin:.3f}"
            claims.append(measured(f"k-means, {trial.setting}: silhouette ({figures}, stability {trial.stability:.3f})", trial.scores.silhouette, ""))
    for name in METHODS:
        found = find(x, names=[name], numbers=[SEGMENTS])
        trial, told = found.best, found.best.title
        if trial.scores is None:
            continue
        size = f"{len(found.model):,} bytes, {_microseconds(found.model, x):.0f} us a row"
        claims.append(at_most(f"{told}: ONNX ({size}) against the rule, largest difference", found.parity, "", TOLERANCE))
        if trial.agreement is None:
            same = float((found.served == trial.places).mean())
            claims.append(exactly(f"{told}: customers whom the model puts where the method does", same, "", 1.0))
        else:
            claims.append(at_least(f"{told}: agreement of the stand-in on unseen customers", trial.agreement, "", AGREES))
        claims.append(
            measured(f"{told}: silhouette ({trial.scores.segments} segments, stability {trial.stability:.3f})", trial.scores.silhouette, "")
        )
        if name == "kmeans":
            claims.append(at_least(f"{told}: silhouette, goal", trial.scores.silhouette, "", SILHOUETTE))
            claims.append(at_least(f"{told}: stability over resamples", trial.stability, "", STABLE))
            segments = described(x, found.z, found.served, chosen)
            claims.append(exactly(f"{told}: segments that a feature sets apart", sum(bool(each.telling) for each in segments), "", SEGMENTS))
            made = rules(x, found.served, chosen, found.scale, segments)
            claims.append(at_least(f"{told}: agreement of the tree's rules on unseen customers", made.agreement, "", TREE))
            with tempfile.TemporaryDirectory() as place:
                claims.extend(_files(Path(place), people, chosen, found, book.features.version))
    return claims


def _files(out: Path, people: Customers, chosen: Chosen, found: Found, version: str) -> list[Claim]:
    """The report and the file of rules are written, and the check accepts the rules."""
    store = Store(str(out))
    _, _, folder = keep(people, chosen, found, name="retail", history=RETAIL.name, features=version, store=store, out=out, at=0, seed=0)
    (folder / RULES).rename(folder / "segments.yaml")
    (folder / "features.yaml").write_bytes(FEATURES.read_bytes())
    problems = check_files(load_campaign_files([folder / "segments.yaml", folder / "features.yaml"]))
    return [exactly("problems that the check finds in the rules of the tree", len(problems), "", 0), *_live(folder)]


def _live(folder: Path) -> list[Claim]:
    """The orders of some customers through the engine, with segments by the model: what an event costs more, and who is where."""
    files = [FEATURES, PROBE]
    (folder / MODEL_FILE).replace(folder / "segments.yaml")
    with_them = with_models(book_of([*files, folder / "segments.yaml"]), [folder / "manifest.json"])
    records = [each for each in islice(online_retail(RETAIL).records, LINES) if ORDER in each.value]
    took, changes = [], 0
    for book in (book_of(files), with_them):
        job = LocalJob(book)
        began = time.perf_counter()
        for record in records:
            changes += sum(isinstance(each, Segment) for each in job.take(record))
        took.append((time.perf_counter() - began) / len(records) * 1e3)
    known = sum(len(decode(blob).segments) == 1 for blob in job.profiles.values())
    return [
        measured("an order in the engine without segments", took[0], "ms"),
        at_most("an order in the engine, from the event to the changed membership", took[1], "ms", LIVE_MS),
        measured(f"changes of membership in {len(records):,} orders", changes, "changes"),
        exactly(f"customers who are in one segment, of {len(job.profiles):,}", known, "customers", len(job.profiles)),
    ]


def _microseconds(model: bytes, x: Floats) -> float:
    """The median time for one row; rows take turns, since one row again and again flatters."""
    session, took = session_of(model), []
    for row in range(ROWS):
        one = x[row % len(x)][None]
        began = time.perf_counter()
        ask(session, one)
        took.append(time.perf_counter() - began)
    return float(np.median(took)) * 1e6
