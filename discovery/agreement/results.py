"""What a comparison of fidelities finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A statistic with its 95 % bootstrap intervals.

    Args:
        value: ``None`` where it is not defined.
        count: How many candidates (for a concordance: pairs of them) it is made of.
        interval: Candidates resampled one by one.
        clustered: Clusters of related candidates resampled as a whole.
    """

    value: float | None
    count: int
    interval: tuple[float, float] | None
    clustered: tuple[float, float] | None

    @property
    def cautious(self) -> tuple[float, float] | None:
        """The interval over clusters where there is one, else the one over candidates."""
        return self.clustered or self.interval


@dataclass(frozen=True)
class Agreement:
    """How two fidelities agree about the order of the candidates that both have answered for.

    Args:
        first: Name of one.
        second: Name of the other; the truth, where one of them is.
        answered: Candidates that both have answered for, be it with a bound.
        spearman: Rank correlation where both answers are values.
        spearman_ties: The same with bounds as ties below (above) all values.
        concordance: Of the pairs of candidates whose order is known; 2 C - 1 with Harrell's C.
    """

    first: str
    second: str
    answered: int
    spearman: Measure
    spearman_ties: Measure
    concordance: Measure


@dataclass(frozen=True)
class Power:
    """How well a score ranks the truth.

    Args:
        agreement: Of the score with the truth.
        area: Area under the ROC curve of the score for "the truth reaches the threshold"; ``None``
            without a threshold.
        positives: Candidates that reach it, of the ``area.count`` for which that is known.
    """

    agreement: Agreement
    area: Measure | None
    positives: int

    @property
    def strength(self) -> float:
        """Absolute concordance; 0 where it is not defined."""
        return abs(self.agreement.concordance.value or 0.0)


@dataclass(frozen=True)
class Difference:
    """By how much the first score ranks the truth better than the second, on the same candidates.

    Args:
        first: Name of the score with the larger absolute concordance.
        second: Name of the other.
        concordance: Difference of their absolute concordances with the truth; its ``count`` is
            candidates.
        spearman: Difference of their absolute rank correlations, where the truth is a value.
    """

    first: str
    second: str
    concordance: Measure
    spearman: Measure


@dataclass(frozen=True)
class Comparison:
    """Fidelities compared with each other and, where there is one, with the truth.

    Args:
        truth: Name of the column that is taken as the truth, or ``None``.
        threshold: From which value of the truth on a candidate is a positive, or ``None``.
        powers: Of each score, on the candidates that it and the truth have answered for.
        shared: The same on the candidates that all of them have answered for.
        without: The same as ``powers`` without the candidates that were listed.
        differences: Between any two scores.
        pairs: Agreement of any two columns; the truth, where it is one of them, is the second.
    """

    truth: str | None
    threshold: float | None
    powers: tuple[Power, ...]
    shared: tuple[Power, ...]
    without: tuple[Power, ...]
    differences: tuple[Difference, ...]
    pairs: tuple[Agreement, ...]
