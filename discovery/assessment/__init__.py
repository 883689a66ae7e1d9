"""How good a model is on materials that it has not seen."""
