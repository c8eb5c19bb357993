"""The picture of segments: every customer as a point, those who are alike near each other (t-SNE, https://jmlr.org/papers/v9/vandermaaten08a.html)."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from training.segments.methods.method import Places
from training.segments.scale import Points
from training.segments.words import Described

DRAWN = 2_000
"""Customers in the picture: of more, so many are drawn. Twice as many take four times as long."""
PERPLEXITY = 30.0


def picture(z: Points, places: Places, found: Sequence[Described], path: Path, *, title: str, seed: int = 0) -> None:
    """Write it as PNG."""
    mpl.use("Agg")
    from matplotlib import pyplot

    random = np.random.default_rng(seed)
    drawn = np.sort(random.choice(len(z), min(DRAWN, len(z)), replace=False))
    points = z[drawn] + random.normal(scale=1e-6, size=(len(drawn), z.shape[1]))  # customers who are all alike would be one point
    with threadpool_limits(limits=1):
        flat = TSNE(2, init="random", perplexity=min(PERPLEXITY, (len(drawn) - 1) / 3), random_state=seed).fit_transform(points)
    figure, axes = pyplot.subplots(figsize=(7, 7), layout="constrained")
    colours = pyplot.get_cmap("tab20")
    for n, each in enumerate(found):
        inside = places[drawn] == each.place
        axes.scatter(flat[inside, 0], flat[inside, 1], s=6, color=colours(n % 20), label=f"{each.name} ({each.share:.0%})")
    axes.set(title=title, xticks=[], yticks=[])
    axes.legend(frameon=False, markerscale=3, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=2)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
