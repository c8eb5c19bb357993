"""Trees on what is known of a customer, a recurrent network on the steps of her visit, and the mean of both answers: one model, one file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from onnx import helper
from threadpoolctl import threadpool_limits

from training.errors import HistoryError
from training.estimators import lightgbm, lstm
from training.estimators.ensemble import LEAF, ML, Ensemble
from training.estimators.estimator import Labels, Model, Probabilities, two_columns
from training.estimators.graph import mean_of, model
from training.estimators.lightgbm import LightGbm, tree
from training.estimators.sequences import Recurrent
from training.inputs import Floats
from udfs.core.features.model_inputs import Input, columns


@dataclass(frozen=True)
class Settings:
    """Of both."""

    trees: lightgbm.Settings
    network: lstm.Settings

    def __str__(self) -> str:
        return f"{self.trees}; {self.network}"


@dataclass(frozen=True)
class Fitted:
    """Both, side by side. `places`: for each input of the trees, its column."""

    trees: lightgbm.Fitted
    network: Recurrent
    places: Sequence[int]
    width: int

    def probabilities(self, x: Floats) -> Probabilities:
        """The mean of both answers."""
        with threadpool_limits(limits=1):
            return two_columns((self.trees.probabilities(x[:, self.places])[:, 1] + self.network.scores(x)) / 2)

    def onnx(self) -> bytes:
        """By hand: no converter is involved."""
        share = 1 / len(self.trees.boosters)
        places = np.array(self.places, dtype=np.int64)
        found = [tree(each["tree_structure"], share) for booster in self.trees.boosters for each in booster.dump_model()["tree_info"]]
        trees = [replace(each, feature=np.where(each.feature == LEAF, LEAF, places[each.feature])) for each in found]
        attributes: dict[str, Any] = Ensemble(trees, 0.0, sigmoid=True, width=self.width).attributes()
        nodes, constants = self.network.nodes("input", "by_steps")
        nodes += [
            helper.make_node("TreeEnsembleRegressor", ["input"], ["sum_of_trees"], domain=ML, n_targets=1, base_values=[0.0], **attributes),
            helper.make_node("Sigmoid", ["sum_of_trees"], ["by_trees"]),
        ]
        last, more = mean_of(["by_trees", "by_steps"], known={each.name for each in constants})
        return model([*nodes, *last], [*constants, *more], width=self.width)


class Forecast:
    """LightGBM, an LSTM, and their mean."""

    title = "the mean of gradient-boosted trees (LightGBM) and a recurrent network (LSTM) over the steps of a visit"
    tried = tuple(Settings(trees, network) for trees, network in zip(LightGbm.tried, reversed(lstm.Lstm.tried), strict=True))
    least_rows = max(LightGbm.least_rows, lstm.Lstm.least_rows)

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Both learn from the same rows. Raises HistoryError where there is nothing for one of them."""
        known = [(each, place.start) for each, place in zip(inputs, columns(inputs).values(), strict=True) if not each.steps]
        if not known:
            problem = "nothing but the steps of visits varies over these rows, and trees do not read them: use the estimator lstm"
            raise HistoryError(problem)
        places = [place for _, place in known]
        network = lstm.network(settings.network, x, y, inputs=inputs, seed=seed)
        trees = LightGbm().fit(settings.trees, x[:, places], y, inputs=[each for each, _ in known], seed=seed)
        assert isinstance(trees, lightgbm.Fitted)
        return Fitted(trees, network, places, x.shape[1])
