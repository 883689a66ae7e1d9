"""A model judged on rows that it has not seen."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from discovery.agreement.rank_statistics import Values
from discovery.assessment import metrics
from discovery.assessment.groups import IntArray, same_source
from discovery.assessment.protocols import Protocol
from discovery.assessment.splits import Split
from discovery.assessment.training import observations, truths
from discovery.errors import ContractError
from discovery.protocols import Proxy
from discovery.rng import derive
from discovery.types import Belief, Dataset, FloatArray

ProxyFactory: TypeAlias = Callable[[], Proxy]
"""Makes a model that has not been fitted."""


@dataclass(frozen=True)
class Assessment:
    """What models that had not seen them predicted of n rows, in each of r repeats.

    Args:
        protocol: Name of the protocol.
        rows: (n,) rows of the data set that were predicted at least once.
        truth: Of the n rows.
        mean: (r, n) predictions, NaN where a repeat did not predict the row.
        std: (r, n) predicted deviations of a measurement, noise included.
        related: (n,) number of the cluster of rows of one composition or paper.
        trained: Rows that a model learnt from, on average.
        resubstituted: Name of a metric -> its mean over models, on the rows they learnt from.
        seconds: To fit a model and to predict, on average.
    """

    protocol: str
    rows: IntArray
    truth: Values
    mean: FloatArray
    std: FloatArray
    related: IntArray
    trained: float
    resubstituted: Mapping[str, float]
    seconds: float

    @property
    def clusters(self) -> int:
        """Number of clusters of related rows, the independent units of an interval."""
        return len(np.unique(self.related))


def assess(
    proxy_factory: ProxyFactory,
    dataset: Dataset,
    protocol: Protocol,
    seed: int,
    *,
    done: Callable[[], None] = lambda: None,
) -> Assessment:
    """Fit a new model to every training part and let it predict the test part.

    Args:
        proxy_factory: Makes the models.
        dataset: Candidates and labels.
        protocol: Of this data set.
        seed: Each model gets one derived from it and its place in the protocol.
        done: Called after each model.

    Raises:
        NotFittedError: A training part has nothing that the model can learn from.
        ContractError: A prediction is no finite number, or a deviation is not positive.
    """
    count = len(dataset.candidates)
    mean = np.full((len(protocol.repeats), count), np.nan)
    std = mean.copy()
    own: list[dict[str, float]] = []
    start = time.perf_counter()
    for repeat, splits in enumerate(protocol.repeats):
        for number, split in enumerate(splits):
            predicted = _predict(
                proxy_factory(), dataset, split, derive(seed, protocol.name, repeat, number)
            )
            mean[repeat, split.test], std[repeat, split.test] = (
                each[len(split.train) :] for each in predicted
            )
            own.append(_resubstituted(dataset, split, predicted[0][: len(split.train)]))
            done()
    seconds = time.perf_counter() - start
    rows = np.flatnonzero(np.isfinite(mean).any(axis=0))
    return Assessment(
        protocol.name,
        rows,
        truths(dataset, rows),
        mean[:, rows],
        std[:, rows],
        same_source(dataset)[rows],
        float(np.mean([len(split.train) for splits in protocol.repeats for split in splits])),
        {name: float(np.mean([each[name] for each in own])) for name in own[0]},
        seconds / protocol.fits,
    )


def predictive(belief: Belief) -> tuple[FloatArray, FloatArray]:
    """Return mean and deviation (n,) of a measurement of the target, its noise included."""
    noise = float(belief.noise[belief.column])
    return belief.target_mean, np.sqrt(belief.target_std**2 + noise)


def _predict(
    proxy: Proxy, dataset: Dataset, split: Split, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Mean and deviation of the training rows, then of the test rows."""
    told, fidelities = observations(dataset, split.train)
    proxy.fit(told, fidelities, seed)
    asked = np.concatenate([split.train, split.test])
    mean, std = predictive(proxy.predict([dataset.candidates[row] for row in asked]))
    wrong = np.flatnonzero(~(np.isfinite(mean) & np.isfinite(std) & (std > 0)))
    if len(wrong):
        first = wrong[0]
        raise ContractError(
            f"{type(proxy).__name__}.predict says {mean[first]} ± {std[first]} of "
            f"{dataset.candidates[asked[first]].formula} (and {len(wrong) - 1} others): a mean is "
            "finite and a deviation positive"
        )
    return mean, std


def _resubstituted(dataset: Dataset, split: Split, mean: FloatArray) -> dict[str, float]:
    truth = truths(dataset, split.train)
    return {"spearman": metrics.spearman(truth, mean), "mae": metrics.mae(truth, mean)}
