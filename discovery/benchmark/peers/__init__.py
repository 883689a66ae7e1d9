"""Strategies of other libraries, as these are meant to be used, on the same pools and designs."""

CATALOGUE: dict[str, str] = {
    "random": "discovery.benchmark.peers.plain:Random",
    "random_forest": "discovery.benchmark.peers.plain:RandomForest",
    "gaussian_process": "discovery.benchmark.peers.plain:GaussianProcess",
    "botorch": "discovery.benchmark.peers.gaussian:Botorch",
    "baybe": "discovery.benchmark.peers.designs:Baybe",
    "ax": "discovery.benchmark.peers.adaptive:Ax",
}
