"""The price of a query."""

import math

from discovery.errors import BudgetError


def checked_price(price: float) -> float:
    """Return the price of one query in budget units.

    Raises:
        BudgetError: It is negative or not a finite number.
    """
    if not (math.isfinite(price) and price >= 0):
        raise BudgetError(f"an oracle's price is a finite number, 0 or more, not {price}")
    return float(price)
