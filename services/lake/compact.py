"""Compact the lake: the many files that checkpoints leave in a day become few. Whoever is erased is left out on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.lake import erased, rows
from services.lake.store import File, Lake, by_date

TARGET_MB = 128


@dataclass(kw_only=True)
class Compacted:
    """What a compaction came to."""

    files: int = 0
    """Files that were merged."""
    into: int = 0
    rows: int = 0
    days: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    young: int = 0
    """Files that were too young to be touched, see `store.SETTLED_S`."""


def compact(lake: Lake, *, now: float, target_mb: int = TARGET_MB) -> Compacted:
    """Merge the small files of each table and day into files of about `target_mb`. `now`: epoch seconds. Raises LakeError."""
    done = Compacted()
    with lake.changing():
        people = erased.erased(lake)
        every = lake.finished()
        found = lake.settled(every, now=now)
        done.young = len(every) - len(found)
        for files in by_date(found).values():
            merged = 0
            for bundle in _bundles(files, target_mb * 1024 * 1024):
                making = lake.making(bundle[0])
                count = rows.write(lake, making, rows.schema_of(lake, bundle), rows.without(rows.batches(lake, bundle), people))
                if count:
                    done.bytes_after += lake.files.get_file_info(making).size
                    done.into += 1
                    lake.merge(bundle, making)
                else:
                    for file in bundle:
                        lake.replace(file, None)
                done.files += len(bundle)
                done.rows += count
                done.bytes_before += sum(file.size for file in bundle)
                merged += 1
            done.days += merged > 0
    return done


def _bundles(files: Sequence[File], target: int) -> Iterator[list[File]]:
    """Files to be merged with each other: in the order in which they were written, without those that are large enough."""
    held: list[File] = []
    for file in files:
        if file.size >= target // 2:
            continue
        if held and sum(each.size for each in held) + file.size > target:
            if len(held) > 1:
                yield held
            held = []
        held.append(file)
    if len(held) > 1:
        yield held
