"""Options of the acquisition functions, as written in a configuration file."""

from typing import Annotated, Any, Literal

from pydantic import Field

from discovery.options import Options, Section

_Base = Literal["logei", "pi", "ucb", "thompson", "max_variance", "greedy", "random"]

_MARGIN = "What counts as better: best so far + margin (decades)."
_MAXIMA = "Values of the maximum that are averaged over."
_SHORTLIST = "Candidates among which the rise of the largest mean is exact."
_BASE = "What a candidate is worth, whoever is asked about it."
_BETA = "Standard deviations above the mean, for base 'ucb'."


class NoOptions(Options):
    """This acquisition function has no options."""


class ImprovementOptions(Options):
    """Options of expected improvement, its logarithm and probability of improvement."""

    margin: float = Field(default=0.0, ge=0, description=_MARGIN)


class BoundOptions(Options):
    """Options of the upper confidence bound."""

    beta: float = Field(default=2.0, ge=0, description="Standard deviations above the mean.")
    schedule: Literal["constant", "srinivas"] = Field(
        default="constant",
        description="Keep beta, or let it grow with the rounds as in Srinivas et al. (2010).",
    )
    until: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of the candidates asked at the target from which on the mean counts.",
    )


class TopOptions(Options):
    """Options of the probability of being among the best."""

    share: float = Field(
        default=0.1, gt=0, lt=1, description="Share of the candidates that counts as the best."
    )


class EntropyOptions(Options):
    """Options of max-value entropy search and GIBBON."""

    maxima: int = Field(default=16, ge=1, le=1000, description=_MAXIMA)


class KnowledgeOptions(Options):
    """Options of the knowledge gradient."""

    shortlist: int = Field(default=500, ge=2, le=5000, description=_SHORTLIST)


class _CostOptions(Options):
    cost_exponent: float = Field(
        default=1.0, ge=0, description="1 compares value per cost, 0 forgets the costs."
    )
    least_cost: float = Field(
        default=1e-3,
        gt=0,
        le=1,
        description="Share of the dearest fidelity's cost that even a free query counts as.",
    )


class MultiFidelityOptions(_CostOptions):
    """Options of the choice of (candidate, fidelity) pairs."""

    base: _Base = Field(default="ucb", description=_BASE)
    beta: float = Field(default=0.5, ge=0, description=_BETA)


class CostWeightedOptions(_CostOptions):
    """Options of the improvement by correlation by cost."""

    margin: float = Field(default=0.0, ge=0, description=_MARGIN)
    correlation_exponent: float = Field(
        default=1.0, ge=0, description="Power of the correlation of the answer with the target."
    )


class MultiFidelityEntropyOptions(_CostOptions):
    """Options of multi-fidelity max-value entropy search."""

    maxima: int = Field(default=10, ge=1, le=1000, description=_MAXIMA)
    integral: bool = Field(
        default=True,
        description="Whether information is integrated, or only bounded, which is GIBBON.",
    )


class MultiFidelityKnowledgeOptions(_CostOptions):
    """Options of the multi-fidelity knowledge gradient."""

    shortlist: int = Field(default=500, ge=2, le=5000, description=_SHORTLIST)


class VarianceReductionOptions(_CostOptions):
    """Options of targeted variance reduction."""

    base: _Base = Field(default="logei", description=_BASE)
    beta: float = Field(default=0.5, ge=0, description=_BETA)


class RatioOptions(Options):
    """Options of the rule of thumb: so many cheap rounds, then so many dear ones."""

    acquisition: Annotated[Any, Section("acquisition")] = Field(
        description="What a candidate is worth."
    )
    cheap: int = Field(default=5, ge=1, description="Cheap rounds in a cycle.")
    dear: int = Field(default=1, ge=1, description="Rounds at the target in a cycle.")
    fidelity: str | None = Field(
        default=None, description="The cheap fidelity; by default the cheapest."
    )


class GuardedOptions(Options):
    """Options of the guard against cheap fidelities that are not worth their price."""

    acquisition: Annotated[Any, Section("acquisition")] = Field(
        description="Chooses candidates and fidelities where some cheap fidelity pays."
    )
    fallback: Annotated[Any, Section("acquisition")] = Field(
        description="Chooses candidates where none does."
    )
    margin: float = Field(
        default=4.0,
        ge=0,
        description="Information per cost that a fidelity needs, in units of the target's.",
    )
    pairs: int = Field(
        default=10,
        ge=0,
        description="Candidates asked at both, from which on a fidelity is not tested any more.",
    )


OPTIONS: dict[str, type[Options]] = {
    "ei": ImprovementOptions,
    "logei": ImprovementOptions,
    "pi": ImprovementOptions,
    "ucb": BoundOptions,
    "thompson": NoOptions,
    "max_variance": NoOptions,
    "greedy": NoOptions,
    "random": NoOptions,
    "top": TopOptions,
    "mes": EntropyOptions,
    "gibbon": EntropyOptions,
    "kg": KnowledgeOptions,
    "multifidelity": MultiFidelityOptions,
    "cost_ei": CostWeightedOptions,
    "mf_mes": MultiFidelityEntropyOptions,
    "mf_kg": MultiFidelityKnowledgeOptions,
    "variance_reduction": VarianceReductionOptions,
    "ratio": RatioOptions,
    "guarded": GuardedOptions,
}
