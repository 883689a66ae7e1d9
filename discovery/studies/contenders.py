"""Proxies by name, and what they score on a split."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from discovery import __version__, registry
from discovery.agreement.rank_statistics import Values
from discovery.assessment import metrics
from discovery.assessment.assess import predictive
from discovery.assessment.scores import CALIBRATION, Metric
from discovery.assessment.splits import Split
from discovery.assessment.training import observations
from discovery.errors import InvalidInputError
from discovery.features.cache import FEATURE_VERSION
from discovery.protocols import Proxy
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix

METRICS: Final[Mapping[str, Metric]] = {
    "spearman": lambda truth, mean, _: metrics.spearman(truth, mean),
    "r_squared": lambda truth, mean, _: metrics.r_squared(truth, mean),
    "mae": lambda truth, mean, _: metrics.mae(truth, mean),
    "rmse": lambda truth, mean, _: metrics.rmse(truth, mean),
    "auc_1e-4": lambda truth, mean, _: metrics.auc(truth, mean, -4.0),
    "auc_1e-3": lambda truth, mean, _: metrics.auc(truth, mean, -3.0),
    **CALIBRATION,
}
"""Name -> metric; thresholds in log10(S/cm)."""

LARGER_IS_BETTER: Final[Mapping[str, bool]] = {
    "spearman": True,
    "r_squared": True,
    "mae": False,
    "rmse": False,
    "auc_1e-4": True,
    "auc_1e-3": True,
    "miscalibration_area": False,
    "nll": False,
    "crps": False,
}
"""Metrics of which one end is better; a coverage is best at its level."""


@dataclass(frozen=True)
class Contender:
    """A proxy with options, under the name that tables call it.

    Args:
        title: What tables call it.
        proxy: Name in the registry.
        options: Of the proxy.
    """

    title: str
    proxy: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> Proxy:
        """Return the proxy, unfitted.

        Raises:
            InvalidInputError: It needs more than options.
        """
        if needed := registry.needs("proxy", self.proxy, self.options):
            raise InvalidInputError(
                f"proxy {self.proxy!r} needs {', '.join(sorted(needed))}, which a study has not"
            )
        proxy: Proxy = registry.build("proxy", self.proxy, self.options)
        return proxy


DEFAULT: Final = Contender("staged, the default", "staged")
BASELINE: Final = Contender(
    "the report's stage 2, without its flag", "report", {"reading": "historical"}
)


def split_scores(
    contender: Contender, data: Obelix, split: Split, *, seed: int, memory: Memory
) -> dict[str, float]:
    """Return metric -> score on the test part of a split, and ``seconds`` it took.

    Metrics that are not defined there are left out.

    Args:
        contender: Who learns from the training part, bounds as bounds.
        data: What the split is of.
        split: Rows of ``data.dataset.candidates``.
        seed: Of the contender.
        memory: Where scores are kept.
    """

    def compute() -> dict[str, float]:
        start = time.perf_counter()
        told, fidelities = observations(data.dataset, split.train)
        proxy = contender.build()
        proxy.fit(told, fidelities, seed)
        asked = [data.dataset.candidates[row] for row in split.test]
        mean, std = predictive(proxy.predict(asked))
        seconds = time.perf_counter() - start
        truth = Values(data.truth.value[split.test], data.truth.side[split.test])
        found = {name: metric(truth, mean, std) for name, metric in METRICS.items()}
        known = {name: value for name, value in found.items() if value == value}  # noqa: PLR0124
        return {**known, "seconds": round(seconds, 3)}

    depends = {
        "proxy": contender.proxy,
        "options": dict(contender.options),
        "data": data.digest,
        "test": split.test.tolist(),
        "train": split.train.tolist(),
        "seed": seed,
        "version": [__version__, FEATURE_VERSION],
    }
    scores: dict[str, float] = memory.recall(contender.proxy, depends, compute)
    return scores
