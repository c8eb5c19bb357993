"""Claim 2 of the schedule: figures on public data, through the pipeline and ONNX, and drift that is found where there is some and not elsewhere."""

import csv
import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
from click.testing import CliRunner

from bench.evidence.shop_learning import Silent
from bench.lab import CheckFailed
from bench.public_data import DATA
from bench.report import Claim, at_least, at_most, measured
from bench.shoppers import prepare
from services.local.book import book_of
from training.command import training
from training.compare import Compared
from training.drift import MIN_ROWS, Drift, Shares, drifts, in_a_row
from training.goal import goal_of
from training.history import from_file
from training.inputs import Floats
from training.options import PROBE
from training.reference import Bins, Ids, binned
from training.run import Task, learn
from udfs.core.values.durations import DAY

FALSE_DISCOVERY = 0.05
REFERENCE, WINDOW = 10_000, 2_000
"""Rows of the bank's campaign: the first ones as reference, the others in windows."""
SHUFFLES = 50
MONTHS, WEEKS, FEATURES, PEOPLE = 200, 4, 20, 4_000


def check() -> list[Claim]:
    """Shoppers, bank, a stationary month, retail: two at a time, each on one core."""
    parts: tuple[Callable[[], list[Claim]], ...] = (churn, shoppers, shoppers_without_page_values, bank, stationary)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        made = dict(zip(parts, pool.map(_timed, parts), strict=True))
    return [claim for part in (shoppers, shoppers_without_page_values, bank, stationary, churn) for claim in made[part]]


def _timed(part: Callable[[], list[Claim]]) -> list[Claim]:
    began = time.monotonic()
    found = part()
    print(f"   {part.__name__}: {time.monotonic() - began:.0f} s", flush=True)
    return found


def shoppers() -> list[Claim]:
    """Ten folds, scored by the ONNX files. The goal is the mean of the folds, as ten-fold figures are published. All rows together stand next to it:
    there, scores of ten models are put in one order."""
    compared = _compared("all")
    best = max(compared, key=lambda each: each.figures["ap"].value)
    found = list(_table(compared, ""))
    for name, goal in (("auc", 0.936), ("ap", 0.759)):
        title = {"auc": "AUC", "ap": "average precision"}[name]
        found.append(at_least(f"Online Shoppers, {title} of the best ({best.estimator}), the mean of ten folds", best.by_fold[name], "", goal))
        found.append(measured(f"the same, all rows together ({title})", best.figures[name].value, ""))
    return found


def shoppers_without_page_values() -> list[Claim]:
    """The same without the feature that partly encodes the outcome."""
    return list(_table(_compared("without-page-values"), " without PageValues"))


def _compared(name: str) -> list[Compared]:
    file = _there(DATA / "online_shoppers" / "online_shoppers_intention.csv")
    with TemporaryDirectory() as folder:
        prepare(file, Path(folder))
        ran = CliRunner().invoke(training, ["compare", f"{folder}/{name}.yaml"])
        if ran.exit_code:
            raise CheckFailed(ran.output[-2000:])
        [run] = (Path(folder) / "runs" / f"buys-{name}").iterdir()
        return msgspec.json.decode((run / "compare.json").read_bytes(), type=list[Compared])


def _table(compared: Sequence[Compared], what: str) -> Iterator[Claim]:
    for each in compared:
        told = ", ".join(f"{key} {each.figures[key].brief()}, by fold {each.by_fold[key]:.3f}" for key in ("auc", "ap", "brier"))
        cost = f"; {each.fit_s:.1f} s to fit, {each.bytes:,} bytes, {each.row_us:.0f} us a row"
        yield Claim(claim=f"Online Shoppers{what}, {each.estimator}", figure=told + cost, unit="ten folds", goal="", holds=True)
    yield at_most(f"Online Shoppers{what}: ONNX against estimator, the largest difference of any", max(e.parity for e in compared), "", 1e-4)


def bank() -> list[Claim]:
    """A real campaign in the order of time, and the same rows shuffled."""
    x, names, texts = _bank(_there(DATA / "bank_marketing" / "bank-additional.zip"))
    flagged, chance = _flagged(x, names, texts), 0
    random = np.random.default_rng(11)
    for _ in range(SHUFFLES):
        chance += bool(_flagged(x[random.permutation(len(x))], names, texts))
    return [
        at_least(f"Bank Marketing in the order of time: features of {len(names)} that drift in two windows in a row", len(flagged), "features", 1),
        at_least("of these, euribor3m, which fell from 4.9 to 0.7", "euribor3m" in flagged, "features", 1),
        at_most(f"shuffled copies, of {SHUFFLES}, in which any feature does", chance, "copies", 1),
    ]


def stationary() -> list[Claim]:
    """Months in which nothing changes: people differ, come again, and some far more often than others."""
    random = np.random.default_rng(12)
    single = alarms = tests = 0
    for _ in range(MONTHS):
        kind = random.normal(size=(PEOPLE, FEATURES))
        pace = random.lognormal(0, 1, PEOPLE)

        def rows(many: int, kind: Shares = kind, pace: Shares = pace) -> tuple[Floats, Ids]:
            who = random.choice(PEOPLE, size=many, p=pace / pace.sum())
            return (kind[who] + random.normal(size=(many, FEATURES)) / 2).astype(np.float32), np.unique(who, return_inverse=True)[1].astype(np.int64)

        known, people = rows(12_000)
        names = [str(n) for n in range(FEATURES)]
        reference = {name: binned(known[:, n], people) for n, name in enumerate(names)}
        held: dict[str, int] = {}
        alarm = False
        for _ in range(WEEKS):
            now = drifts(reference, names, *rows(3 * MIN_ROWS), false_discovery=FALSE_DISCOVERY)
            tests += 1
            single += any(each.drifted for each in now)
            held = in_a_row(held, now)
            alarm = alarm or max(held.values(), default=0) > 1
        alarms += alarm
    return [
        measured(f"simulated months without drift, {FEATURES} features, a window a week", MONTHS, "months"),
        measured("single windows of these in which any feature is over its cut", single / tests, "share"),
        at_most("months of these with a false alarm", alarms / MONTHS, "share", 0.05),
    ]


def churn() -> list[Claim]:
    """Who stays away for 60 days, among customers who have been silent for two weeks, on a year of a real shop."""
    file = _there(DATA / "online_retail" / "online_retail_all.csv.gz")
    book = book_of([PROBE.parent / "quiet.yaml"], features=PROBE.parent / "online-retail.yaml")
    goal = goal_of({"none_of": ["order_completed"]})
    source = from_file(file, "online-retail")
    found = learn(Task(source=source, book=book, campaign="quiet", goal=goal, within=60 * DAY), Silent()).evaluation
    claims = [measured("Online Retail, churn: test rows", found.rows, "rows")]
    for name in ("auc", "ap", "brier"):
        ours, theirs, apart = found.model[name], found.baseline[name], found.difference[name]
        told = f"{ours.brief()} against {theirs.brief()}; paired {apart.brief()}"
        claims.append(Claim(claim=f"Online Retail, churn: {name}, against recency and frequency", figure=told, unit="95 %", goal="", holds=True))
    return [
        *claims,
        at_least("Online Retail, churn: average precision over that baseline, low end of the interval", found.difference["ap"].low, "", 0.0),
        measured("Online Retail, churn: AUC over that baseline, low end of the interval (below 0: not told apart)", found.difference["auc"].low, ""),
    ]


def _flagged(x: Floats, names: Sequence[str], texts: Mapping[str, int]) -> set[str]:
    """Features that drift in two windows in a row, over all windows."""
    alone = np.arange(REFERENCE)
    reference: dict[str, Bins] = {name: binned(x[:REFERENCE, n], alone, texts=texts.get(name)) for n, name in enumerate(names)}
    held: dict[str, int] = {}
    found: set[str] = set()
    for begin in range(REFERENCE, len(x) - WINDOW, WINDOW):
        now: list[Drift] = drifts(reference, names, x[begin : begin + WINDOW], np.arange(WINDOW), false_discovery=FALSE_DISCOVERY)
        held = in_a_row(held, now)
        found |= {name for name, many in held.items() if many > 1}
    return found


def _bank(file: Path) -> tuple[Floats, list[str], dict[str, int]]:
    """The rows as numbers, without `duration`, which is known only after the call, and without the outcome."""
    with zipfile.ZipFile(file) as packed, packed.open("bank-additional/bank-additional-full.csv") as raw:
        rows = list(csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8"), delimiter=";"))
    names = [name for name in rows[0] if name not in {"duration", "y"}]
    x, texts = np.zeros((len(rows), len(names)), dtype=np.float32), dict[str, int]()
    for n, name in enumerate(names):
        values = [row[name] for row in rows]
        try:
            x[:, n] = [float(value) for value in values]
        except ValueError:
            known = {text: code for code, text in enumerate(sorted(set(values)))}
            x[:, n], texts[name] = [known[value] for value in values], len(known)
    return x, names, texts


def _there(file: Path) -> Path:
    if not file.exists():
        message = f"the public data is not here ({file.name} is looked for in ../shared/data): this section cannot run"
        raise CheckFailed(message)
    return file
