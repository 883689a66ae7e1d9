"""Models that predict observations and say how sure they are."""

CATALOGUE: dict[str, str] = {
    "staged": "proxies.staged:StagedProxy",
    "gp": "proxies.gp:GaussianProcessProxy",
    "staged_gp": "proxies.staged_gp:StagedGaussianProcessProxy",
    "multitask": "proxies.multitask:MultitaskProxy",
}
