"""The logistic model of superionic conduction of Sendek et al."""

from discovery.chemistry.sendek import sendek_features
from discovery.crystal import Crystal
from discovery.types import Estimate
from oracles.structural import StructuralOracle, disorder_treatment


class SendekOracle(StructuralOracle):
    """Probability that a lithium compound conducts at least 1e-4 S/cm at room temperature.

    Five structural features and a logistic regression on 40 crystals (Energy Environ. Sci. 10, 306
    (2017), doi 10.1039/C6EE02697D; leave-one-out error 10 %). Known weaknesses: a hard cut at
    4 Angstrom, high values for mixed anions, LiCl as a false positive. Structures with partial
    occupancy get the features' mean-field expectations, and say so in ``details["disorder"]``.
    The features and the log-odds ``z`` are in the details; there is no standard error, because
    what separates the probability from log10 sigma is for a proxy to learn.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures are refused.
    """

    version = "1"
    property = "superionic_probability"
    unit = "1"

    def __init__(self, *, price: float = 0.01, max_sites: int = 1000) -> None:
        super().__init__(price=price, max_sites=max_sites)

    def estimate(self, crystal: Crystal) -> Estimate:
        """Return the probability, with the five features in the details.

        Raises:
            InvalidInputError: See :func:`discovery.chemistry.sendek.sendek_features`.
        """
        features = sendek_features(crystal)
        return Estimate(
            features.probability,
            details={
                "llb": features.llb,
                "sbi": features.sbi,
                "afc": features.afc,
                "lasd": features.lasd,
                "llsd": features.llsd,
                "z": features.z,
                "disorder": disorder_treatment(crystal),
            },
        )
