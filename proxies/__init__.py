"""Models that predict observations and say how sure they are."""

CATALOGUE: dict[str, str] = {
    "staged": "proxies.staged:StagedProxy",
    "ranker": "proxies.ranker:RankerProxy",
    "quantile": "proxies.quantile:QuantileProxy",
    "tuned": "proxies.tuned:TunedProxy",
    "gp": "proxies.gp:GaussianProcessProxy",
    "staged_gp": "proxies.staged_gp:StagedGaussianProcessProxy",
    "multitask": "proxies.multitask:MultitaskProxy",
    "deep_kernel": "proxies.deep_kernel:DeepKernelProxy",
    "report": "proxies.report:ReportProxy",
    "points_gp": "proxies.points:PointGaussianProcess",
    "points_forest": "proxies.points_forest:PointForest",
}
