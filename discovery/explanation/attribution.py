"""Shapley values of rows that a model did not learn from, checked to add up."""

import numpy as np

from discovery.errors import ContractError
from discovery.explanation.contract import Explainable
from discovery.explanation.shapley import tree_shapley
from discovery.types import FloatArray

_CLOSE = 1e-6  # score units


def attribution(
    model: Explainable, rows: FloatArray, background: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return Shapley values (n, d) and base (n,), or ``None`` of a model without trees.

    Args:
        model: A fitted model.
        rows: (n, d) to be explained.
        background: (b, d) rows that stand for what is not told.

    Raises:
        ContractError: Values and base do not add up to the model's response within 1e-6.
    """
    terms = model.trees(rows)
    if terms is None:
        return None
    values, base = tree_shapley(terms, rows, background)
    response = model.respond(rows)
    gap = float(np.abs(values.sum(axis=1) + base - response).max(initial=0.0))
    if gap > _CLOSE * max(1.0, float(np.abs(response).max(initial=0.0))):
        raise ContractError(
            f"the trees of {type(model).__name__} do not add up to its response: they are off by "
            f"up to {gap:.2g}; trees() must return all that respond() sums, with the same weights"
        )
    return values, base
