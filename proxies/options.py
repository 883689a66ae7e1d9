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


class RankerOptions(Options):
    """Boosted trees that learn the order of the materials and only then their values."""

    stage: _Stage = Field(default="geometry", description=_STAGE)
    trees: int = Field(default=200, ge=10, le=2000, description="Boosted trees.")
    folds: int = Field(
        default=3, ge=2, le=20, description="Folds for the errors on held-out sets of elements."
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


OPTIONS: dict[str, type[Options]] = {
    "staged": StagedOptions,
    "ranker": RankerOptions,
    "gp": GaussianProcessOptions,
    "staged_gp": StagedGaussianProcessOptions,
    "multitask": MultitaskOptions,
    "deep_kernel": DeepKernelOptions,
    "report": ReportOptions,
}
