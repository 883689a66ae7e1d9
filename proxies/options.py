"""Options of the proxies, as written in a configuration file."""

from typing import Literal

from pydantic import Field

from discovery.options import Options

_Learner = Literal["extra_trees", "random_forest", "hist_gradient_boosting", "lightgbm"]
_Stage = Literal["composition", "geometry", "physics"]
_Transform = Literal["normal_score", "standard"]

_LEARNER = "Ensemble that learns the mean; extra_trees ranks conductors best."
_STAGE = "Richest stage of features to use where a candidate supports it."
_TRANSFORM = "Axis of learning: ranks as Gaussian quantiles, or plain standard units."
_TREES = "Trees per forest."
_FOLDS = "Folds for the errors on held-out compositions."
_INPUTS = "Number of features that the Gaussian process sees."


class StagedOptions(Options):
    """Trees on composition, then geometry, then physics."""

    learner: _Learner = Field(default="extra_trees", description=_LEARNER)
    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    trees: int = Field(default=100, ge=10, le=2000, description=_TREES)
    folds: int = Field(default=3, ge=2, le=20, description=_FOLDS)
    transfer: bool = Field(
        default=True, description="Whether bought cheap values are features of the target model."
    )


class GaussianProcessOptions(Options):
    """An exact Gaussian process on a few chosen features."""

    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)


class StagedGaussianProcessOptions(Options):
    """Staged trees for the mean, a Gaussian process on their errors for the doubt."""

    learner: _Learner = Field(default="extra_trees", description=_LEARNER)
    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    trees: int = Field(default=100, ge=10, le=2000, description=_TREES)
    folds: int = Field(default=3, ge=2, le=20, description=_FOLDS)
    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)


class MultitaskOptions(Options):
    """A Gaussian process over materials and fidelities at once."""

    mean: Literal["staged", "constant"] = Field(
        default="staged", description="What the process starts from: staged trees, or nothing."
    )
    learner: _Learner = Field(default="extra_trees", description=_LEARNER)
    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    trees: int = Field(default=100, ge=10, le=2000, description=_TREES)
    folds: int = Field(default=3, ge=2, le=20, description=_FOLDS)
    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)
    prior_correlation: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Believed between the target and a fidelity that is not known yet.",
    )


OPTIONS: dict[str, type[Options]] = {
    "staged": StagedOptions,
    "gp": GaussianProcessOptions,
    "staged_gp": StagedGaussianProcessOptions,
    "multitask": MultitaskOptions,
}
