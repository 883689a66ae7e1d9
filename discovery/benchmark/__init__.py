"""Which strategy finds the most for its cost: problems with known answers, metrics, intervals."""
