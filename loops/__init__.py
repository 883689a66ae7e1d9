"""Loops keep asking until the budget or a stopping rule ends it."""

CATALOGUE: dict[str, str] = {
    "sequential": "loops.sequential:SequentialLoop",
    "generative": "loops.generative:GenerativeLoop",
}
