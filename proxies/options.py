"""Options of the proxies, as written in a configuration file."""

from typing import Literal

from pydantic import Field

from discovery.options import Options

_Learner = Literal["extra_trees", "random_forest", "hist_gradient_boosting", "lightgbm"]
_Stage = Literal["composition", "geometry", "physics"]
_Transform = Literal["normal_score", "standard"]

_STAGE = "Richest stage of features to use where a candidate supports it."
_TRANSFORM = "Axis of learning: ranks as Gaussian quantiles, or plain standard units."
_INPUTS = "Number of features that the Gaussian process sees."


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

    transfer: bool = Field(
        default=True, description="Whether bought cheap values are features of the target model."
    )


class GaussianProcessOptions(Options):
    """An exact Gaussian process on a few chosen features."""

    stage: _Stage = Field(default="physics", description=_STAGE)
    transform: _Transform = Field(default="normal_score", description=_TRANSFORM)
    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)


class StagedGaussianProcessOptions(_TreeOptions):
    """Staged trees for the mean, a Gaussian process on their errors for the doubt."""

    inputs: int = Field(default=16, ge=1, le=64, description=_INPUTS)


class MultitaskOptions(_TreeOptions, _MeanOptions):  # fields of the last base come first
    """A Gaussian process over materials and fidelities at once."""

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
