"""All of the report's experiments, and ours beside them, in one object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from discovery.features.report_composition import EMBEDDINGS
from discovery.studies.experiments import Experiment
from discovery.studies.gating import GATINGS
from discovery.studies.honest import (
    Apart,
    Honest,
    apart,
    honest_stages,
    other_folds,
    shared_rows,
)
from discovery.studies.importance import Importance
from discovery.studies.stages import (
    COMPARED,
    SEARCHED,
    STAGES,
    Bench,
    coverage,
    embeddings,
    feature_sets,
    gatings,
    geometry_importances,
    searches,
    three_stages,
)
from discovery.studies.tuning import Search

OTHER_SEEDS: Final = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Reproduction:
    """What the experiments gave; those of the report are historical, see the module ``stages``.

    Args:
        bench: Where they were made.
        trials: Of each search; without any there is no search.
        stages: Table 1, with the report's settings.
        defaults: The same with scikit-learn's settings.
        unflagged: The same as ``stages`` without the flag.
        apart: The same with compositions and papers kept apart.
        honest: The same features in a proxy that treats bounds as bounds, without the flag.
        embeddings: Element vectors.
        sets: Feature sets of stage 1.
        gatings: Models of two parts.
        searches: With what their best settings give.
        importances: Of the model on geometry.
        coverage: Training rows with physics.
        other_folds: Feature set -> its stage under folds of other seeds.
        shared: Share of validation rows with a relative among the rows learnt from.
    """

    bench: Bench
    trials: int
    stages: Sequence[Experiment]
    defaults: Sequence[Experiment]
    unflagged: Sequence[Experiment]
    apart: Sequence[Apart]
    honest: Sequence[Honest]
    embeddings: Sequence[Experiment]
    sets: Sequence[Experiment]
    gatings: Sequence[Experiment]
    searches: Sequence[tuple[Search, Experiment]]
    importances: Sequence[Importance]
    coverage: Mapping[str, int]
    other_folds: Mapping[str, Sequence[Experiment]]
    shared: float

    def searched(self, features: str) -> Experiment | None:
        """Return what the report's own search gives on a feature set, if it was made."""
        for search, experiment in self.searches:
            if (search.name, search.space) == (features, "conservative"):
                return experiment
        return None


def reproduce(bench: Bench, *, trials: int, other_seeds: Sequence[int]) -> Reproduction:
    """Make all experiments; what is in the bench's memory is not made again.

    Args:
        bench: Where they are made.
        trials: Of each of five searches, 50 in the report; 0 leaves them out.
        other_seeds: Of folds to see how much folds matter.
    """
    return Reproduction(
        bench,
        trials,
        stages=three_stages(bench),
        defaults=three_stages(bench, defaults=True),
        unflagged=three_stages(bench, flag=False),
        apart=apart(bench),
        honest=honest_stages(bench),
        embeddings=embeddings(bench),
        sets=feature_sets(bench),
        gatings=gatings(bench),
        searches=searches(bench, trials) if trials else (),
        importances=geometry_importances(bench),
        coverage=coverage(bench),
        other_folds=other_folds(bench, other_seeds),
        shared=shared_rows(bench),
    )


def pieces(*, trials: int, other_seeds: Sequence[int]) -> int:
    """Return how often :func:`reproduce` calls :attr:`Bench.done`."""
    stages = len(STAGES)
    # with the report's settings, with scikit-learn's, without flag; apart and honest
    staged = 3 * stages + 2 * stages + 3 * stages + len(other_seeds) * stages
    compared = len(EMBEDDINGS) + 1 + len(COMPARED) + len(GATINGS)
    searched = len(SEARCHED) * (trials + 1) if trials else 0
    return staged + compared + searched + 1
