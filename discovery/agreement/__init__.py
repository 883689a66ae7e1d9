"""How well fidelities agree about the order of candidates: rank statistics and comparisons."""
