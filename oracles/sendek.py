"""The logistic model of superionic conduction of Sendek et al."""

from dataclasses import asdict
from typing import Final, Literal, get_args

from discovery.chemistry.sendek import sendek_features
from discovery.chemistry.sendek_disorder import sampled_features
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import Estimate
from oracles.structural import CrystalOracle, disorder_treatment

Disorder = Literal["sampled", "mean-field"]
_DISORDER: Final[tuple[str, ...]] = get_args(Disorder)


class SendekOracle(CrystalOracle):
    """Probability that a lithium compound conducts at least 1e-4 S/cm at room temperature.

    Five structural features and a logistic regression on 40 crystals (Energy Environ. Sci. 10, 306
    (2017), doi 10.1039/C6EE02697D; leave-one-out error 10 %). Known weaknesses: a hard cut at
    4 Angstrom, high values for mixed anions, LiCl as a false positive.

    Partial occupancy is treated as in the paper, by the features' averages over random occupations
    (:mod:`discovery.chemistry.sendek_disorder`); their standard error is that of the answer, and
    another seed changes it by as much. The ``mean-field`` expectation draws nothing and is ten
    times faster. The features, the log-odds ``z`` and the treatment are in the details. What
    separates the probability from log10 sigma is for a proxy to learn and in no standard error.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures are refused.
        disorder: ``sampled`` or ``mean-field``.

    Raises:
        InvalidInputError: ``disorder`` is neither.
    """

    version = "2"
    property = "superionic_probability"
    unit = "1"

    def __init__(
        self, *, price: float = 0.01, max_sites: int = 1000, disorder: Disorder = "sampled"
    ) -> None:
        super().__init__(price=price, max_sites=max_sites)
        if disorder not in _DISORDER:
            raise InvalidInputError(f"disorder is one of {', '.join(_DISORDER)}, not {disorder!r}")
        self._disorder = disorder

    def evaluate(self, crystal: Crystal, seed: int) -> Estimate:
        """Return the probability, with the five features in the details.

        Raises:
            InvalidInputError: See :func:`discovery.chemistry.sendek.sendek_features`.
        """
        if crystal.is_ordered or self._disorder == "mean-field":
            features = sendek_features(crystal)
            details = {"disorder": disorder_treatment(crystal)}
            return Estimate(
                features.probability, details=asdict(features) | {"z": features.z} | details
            )
        sample = sampled_features(crystal, seed)
        return Estimate(
            sample.features.probability,
            sample.standard_error,
            asdict(sample.features)
            | {
                "z": sample.features.z,
                "z_standard_error": sample.z_error,
                "disorder": "sampled",
                "steps": sample.steps,
                "hard_sphere": sample.hard_sphere,
            },
        )
