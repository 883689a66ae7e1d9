"""Options of the proxies, as written in a configuration file."""

from typing import Literal

from pydantic import Field

from discovery.options import Options

_Learner = Literal["blend", "extra_trees", "random_forest", "hist_gradient_boosting", "lightgbm"]
_Stage = Literal["composition", "geometry", "physics"]
_Transform = Literal["normal_score", "standard"]

_STAGE = "Richest stage of features to use where a candidate supports it."
_TRANSFORM = "Axis of learning: ranks as Gaussian quantiles, or plain standard units."
_INPUTS = "Number of features that the Gaussian process sees."
_COMPOSITION = "Whether compositions that resemble each other have a kernel of their own."


class _TreeOptions(Options):
    learner: _Learner = Field(
        default="extra_trees",
        description="Ensemble that learns the mean; extra_trees ranks conductors best.",
    )
    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    trees: int = Field(default=100, ge=10, le=2000, description="Trees per forest.")
    folds: int = Field(
        default=3, ge=2, le=20, description="Folds for the errors on held-out compositions."
    )


class _MeanOptions(Options):
    mean: Literal["staged", "constant"] = Field(
        default="staged", description="What the process starts from: staged trees, or nothing."
    )


class StagedOptions(_TreeOptions):
    """Trees on composition, then geometry, then physics."""

    learner: _Learner = Field(
        default="blend",
        description="Ensemble that learns the mean; blend (extra_trees and lightgbm) ranks best.",
    )
    stage: _Stage = Field(
        default="geometry",
        description="Richest stage of features to use where a candidate supports it; physics "
        "takes longer and ranks conductors no better.",
    )
    transfer: bool = Field(
        default=True, description="Whether bought cheap values are features of the target model."
    )
    shift: bool = Field(
        default=False,
        description="Whether deviations are widened to those of all that is predicted together, "
        "for forecasts of what a campaign has left.",
    )
    doubt: Literal["all", "disagreement"] = Field(
        default="all",
        description="What of the deviation acquisition functions seek: all of it, or the "
        "disagreement of the ensemble, the rest being noise.",
    )
    leaf: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Fewest materials in a leaf of a forest; 2 where repeats differ by decades.",
    )


class RankerOptions(Options):
    """Boosted trees that learn the order of the materials and only then their values."""

    stage: _Stage = Field(default="geometry", description=_STAGE)
    trees: int = Field(default=200, ge=10, le=2000, description="Boosted trees.")
    folds: int = Field(
        default=3, ge=2, le=20, description="Folds for the errors on held-out sets of elements."
    )


class QuantileOptions(Options):
    """Boosted trees for the median and both ends of an interval, corrected on held-out rows."""

    stage: _Stage = Field(default="geometry", description=_STAGE)
    trees: int = Field(default=200, ge=10, le=2000, description="Boosted trees of each quantile.")
    folds: int = Field(
        default=3, ge=2, le=20, description="Folds of held-out sets of elements, which correct it."
    )


class TunedOptions(Options):
    """Three kinds of trees, their parameters chosen by what they rank that they have not seen."""

    stage: _Stage = Field(default="geometry", description=_STAGE)
    trials: int = Field(
        default=30, ge=1, le=1000, description="Parameters tried of each kind of learner."
    )
    seconds: float | None = Field(
        default=None,
        gt=0,
        description="Try no more than are expected to take so long; a count by formula and not a "
        "clock, so that the same data find the same parameters.",
    )
    fewest: int = Field(
        default=60, ge=10, description="Values below which parameters stay as they come."
    )
    folds: int = Field(
        default=3, ge=2, le=20, description="Folds of held-out sets of elements, to choose by."
    )


class GaussianProcessOptions(Options):
    """An exact Gaussian process on a few chosen features."""

    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)
    composition: bool = Field(default=True, description=_COMPOSITION)


class StagedGaussianProcessOptions(_TreeOptions):
    """Staged trees for the mean, a Gaussian process on their errors for the doubt."""

    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)
    composition: bool = Field(default=True, description=_COMPOSITION)


class DeepKernelOptions(Options):
    """A Gaussian process on what a small network makes of the features."""

    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    inputs: int = Field(
        default=64, ge=1, le=256, description="Number of features that the network sees."
    )
    composition: bool = Field(default=True, description=_COMPOSITION)
    hidden: int = Field(default=32, ge=1, le=512, description="Width of the hidden layer.")
    outputs: int = Field(default=8, ge=1, le=64, description="Number of inputs of the kernel.")


class MultitaskOptions(_TreeOptions, _MeanOptions):  # fields of the last base come first
    """A Gaussian process over materials and fidelities at once."""

    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)
    composition: bool = Field(default=True, description=_COMPOSITION)
    prior_correlation: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Believed between the target and a fidelity that is not known yet.",
    )


class ReportOptions(Options):
    """Boosted trees with defaults on the features of an earlier report, for comparison."""

    stage: _Stage = Field(default="physics", description="Stage of the features.")
    reading: Literal["honest", "historical"] = Field(
        default="honest",
        description="historical: bounds are values, unknown features zero, physics where pymatgen "
        "does not give up; honest: bounds are bounds, unknown is unknown.",
    )
    folds: int = Field(
        default=3, ge=2, le=20, description="Folds for the errors on held-out compositions."
    )


class PointGaussianProcessOptions(Options):
    """A light Gaussian process on descriptors."""

    refit: float = Field(
        default=0.1,
        ge=0,
        description="Share by which the answers must grow before hyperparameters are learnt again.",
    )


class PointForestOptions(Options):
    """Trees on descriptors, whose disagreement is the doubt."""

    trees: int = Field(default=100, ge=10, le=2000, description="Trees per fidelity.")


OPTIONS: dict[str, type[Options]] = {
    "staged": StagedOptions,
    "ranker": RankerOptions,
    "quantile": QuantileOptions,
    "tuned": TunedOptions,
    "gp": GaussianProcessOptions,
    "staged_gp": StagedGaussianProcessOptions,
    "multitask": MultitaskOptions,
    "deep_kernel": DeepKernelOptions,
    "report": ReportOptions,
    "points_gp": PointGaussianProcessOptions,
    "points_forest": PointForestOptions,
}
