"""The picture of an evaluation: the calibration curve, and the distribution of scores."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from training.evaluate import Bin, Evaluation

INK, SHADE = "#1f4e79", "#9db8d2"


def plot(evaluation: Evaluation, scores: npt.NDArray[np.float64], path: Path, *, title: str) -> None:
    """Write the calibration curve over a histogram of the scores, as PNG."""
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, figsize=(6, 7), height_ratios=(3, 1), sharex=True, layout="constrained")
    above.plot([0, 1], [0, 1], color="0.7", linewidth=1, linestyle="--", label="perfect")
    predicted, observed = [each.predicted for each in evaluation.bins], [each.observed for each in evaluation.bins]
    ends = [_interval(each) for each in evaluation.bins]
    below_it, above_it = np.abs(np.array(ends).T - observed)
    above.errorbar(predicted, observed, yerr=[below_it, above_it], fmt="o-", color=INK, ecolor=SHADE, label="model, by bin, with 95 % intervals")
    above.axhline(evaluation.share, color=SHADE, linewidth=1, label=f"the same score for everybody ({evaluation.share:.1%})")
    most = min(1.0, 1.1 * max([*predicted, *(high for _, high in ends), float(scores.max(initial=0.0)), 0.01]))
    above.set(ylabel="observed rate", title=title, ylim=(-0.02 * most, 1.02 * most))
    above.legend(frameon=False, loc="upper left")
    below.hist(scores, bins=40, range=(0, most), color=SHADE)
    below.set(xlabel="score", ylabel="rows", xlim=(-0.02 * most, 1.02 * most))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _interval(each: Bin) -> tuple[float, float]:
    """The 95 % interval of an observed rate (Wilson)."""
    found = binomtest(round(each.observed * each.rows), each.rows).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def plot_lift(evaluation: Evaluation, path: Path, *, title: str) -> None:
    """Write the lift chart and the share of the goal that the highest scores capture, as PNG."""
    mpl.use("Agg")
    from matplotlib import pyplot

    tenths = range(1, len(evaluation.lift) + 1)
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(6, 7), sharex=True, layout="constrained")
    above.bar(tenths, [each.lift for each in evaluation.lift], color=SHADE)
    above.axhline(1, color="0.7", linewidth=1, linestyle="--")
    above.set(ylabel="lift", title=title)
    below.plot([0, *tenths], [0, *(each.captured for each in evaluation.lift)], "o-", color=INK, label="model")
    below.plot([0, len(evaluation.lift)], [0, 1], color="0.7", linewidth=1, linestyle="--", label="chance")
    below.set_xticks([0, *tenths])
    below.set(xlabel="tenths of the rows, the highest scores first", ylabel="share of those who reach the goal", ylim=(-0.02, 1.02))
    below.legend(frameon=False, loc="lower right")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
