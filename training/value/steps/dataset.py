"""Step 1 for values: history becomes rows, each a customer at an instant, with what she ordered in the time after it."""

from collections.abc import Mapping

from training import options
from training.config import Config
from training.inputs import choose, require_declared
from training.leak import check_dates
from training.manifest import ManifestInput, written
from training.steps.dataset import source_of
from training.steps.material import FACTS, ROWS, Facts
from training.steps.step import Run
from training.value.dataset import Data, dataset
from training.value.purchases import PURCHASES, READ
from training.value.steps.material import TARGETS
from udfs.core.campaigns.book import Book
from udfs.core.values.durations import in_words

READS = ("predict", "history", "campaigns", "features", "purchases", "within", "split", "anonymous", "without")


def run(run: Run) -> str:
    """Replay, look at every customer before and after, and choose the inputs."""
    config = run.config
    book = options.book(config.paths("campaigns"), config.path("features"))
    source = source_of(config, brokers=run.brokers)
    data = dataset(source, book, names_of(config), within=config.within, split_at=config.split_at, anonymous=config["anonymous"])
    for note in data.notes:
        run.say(note)
    check_dates(data.rows)
    inputs, not_used = _inputs(data, book, config)
    run.folder.put_lines(ROWS, data.rows)
    run.folder.put_lines(TARGETS, data.targets)
    test = sum(row.at >= data.split_at for row in data.rows)
    facts = Facts(
        source=source.name,
        campaign="",
        goal=f"what is ordered within {in_words(config.within)}",
        within=config.within,
        split_at=data.split_at,
        first=data.first,
        last=data.last,
        events=data.events,
        left_out=dict(data.left_out),
        inputs=inputs,
        not_used=not_used,
        alone={},
        feature_version=book.features.version,
        definitions={name: feature.definition for name, feature in book.features.features.items()},
    )
    run.folder.put(FACTS, facts)
    return f"{data.events:,} events, {len(data.rows):,} rows ({len(data.rows) - test:,} train, {test:,} test customers), {len(inputs)} inputs"


def names_of(config: Config) -> Mapping[str, str]:
    """Which feature says what of a customer's orders."""
    return {**PURCHASES, **(config["purchases"] or {})}


def _inputs(data: Data, book: Book, config: Config) -> tuple[list[ManifestInput], dict[str, str]]:
    """What says how a customer orders comes first; after it whatever else differs among the rows to learn from."""
    names, without = names_of(config), config["without"] or ()
    require_declared(without, book.features, to="leave out")
    first = [names[each] for each in READ]
    rows = [row for row in data.rows if row.at < data.split_at] or data.rows
    chosen = choose(rows, book.features, without=[*without, *first] if len(first) < len(book.features.features) else without)
    own = [ManifestInput(name, book.features.features[name].definition) for name in first]
    more = [each for each in written(chosen.inputs) if each.feature not in first]
    return [*own, *more], {name: why for name, why in chosen.left_out.items() if name not in first}
