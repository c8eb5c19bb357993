"""How unevenly work is distributed over operators: each gets a range of whole key groups, so some get one more than others.

`python -m bench.imbalance` prints the table of docs/decisions/0009-key-groups.md.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

KEY_GROUPS = (128, 1_024, 4_096)
PARALLELISM = (1, 2, 3, 4, 8, 10, 16, 24, 32, 48, 64, 96, 100, 128, 200, 256, 400, 512, 768, 1_000, 1_024)


def ranges(key_groups: int, parallelism: int) -> list[range]:
    """The key groups of each operator, as Flink's KeyGroupRangeAssignment deals them out."""
    starts = [-(-operator * key_groups // parallelism) for operator in range(parallelism + 1)]
    return [range(start, end) for start, end in pairwise(starts)]


def imbalance(key_groups: int, parallelism: int) -> float:
    """The load of the most loaded operator over the mean, where all key groups have as much to do: 1 is even. Raises ValueError."""
    if not 1 <= parallelism <= key_groups:
        message = f"{key_groups} key groups cannot be dealt out to {parallelism} operators"
        raise ValueError(message)
    return -(-key_groups // parallelism) * parallelism / key_groups


def worst(key_groups: int, up_to: int) -> tuple[float, int]:
    """The greatest imbalance of any parallelism from 1 to `up_to`, and the parallelism that has it."""
    return max((imbalance(key_groups, parallelism), parallelism) for parallelism in range(1, min(up_to, key_groups) + 1))


def table(parallelism: Iterable[int] = PARALLELISM) -> Iterator[str]:
    """Lines of Markdown: most loaded over mean."""
    yield "| parallelism | " + " | ".join(f"{groups:,}" for groups in KEY_GROUPS) + " |"
    yield "|---:|" + "---:|" * len(KEY_GROUPS)
    for count in parallelism:
        cells = [f"{imbalance(groups, count):.2f}" if count <= groups else "-" for groups in KEY_GROUPS]
        yield f"| {count:,} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print("\n".join(table()))
    for groups in KEY_GROUPS:
        for up_to in (100, groups):
            found, at = worst(groups, up_to)
            print(f"{groups:,} key groups, worst up to {up_to:,}: {found:.2f} at {at:,}")
