"""Which models did best over the replications."""

from typing import Final

import pandas as pd

from discovery.screening.screen import Screening

TOP: Final = 5


def ranking(found: Screening, score: str) -> pd.DataFrame:
    """Return one row per variant and model, the best mean score first within a variant.

    Columns: ``variant``, ``model``, ``mean``, ``median``, ``std``, ``low`` and ``high`` (5 % and
    95 % of the replications, which share rows: a spread and no confidence interval),
    ``mean rank`` and ``median rank`` (among the models on the same split, 1 is best, equal scores
    share the mean of their ranks, failures come last), ``fits``, ``failed``, and ``error``, the
    most frequent one.
    """
    scores = found.scores.copy()
    if score not in scores:  # every fit has failed
        scores[score] = float("nan")
    scores["rank"] = scores.groupby(["variant", "replication"])[score].rank(
        ascending=False, na_option="bottom"
    )
    groups = scores.groupby(["variant", "model"], sort=True)
    values, ranks = groups[score], groups["rank"]
    table = pd.DataFrame(
        {
            "mean": values.mean(),
            "median": values.median(),
            "std": values.std(),
            "low": values.quantile(0.05),
            "high": values.quantile(0.95),
            "mean rank": ranks.mean(),
            "median rank": ranks.median(),
            "fits": values.count(),
            "failed": groups["error"].count(),
            "error": groups["error"].agg(_most_frequent),
        }
    ).reset_index()
    table["variant"] = pd.Categorical(table["variant"], list(found.variants), ordered=True)
    # equal means are ordered by name, so that the table has one order only
    table = table.sort_values(
        ["variant", "mean", "model"], ascending=[True, False, True], ignore_index=True
    )
    return table.astype({"variant": str})


def best(table: pd.DataFrame, variant: str, count: int = TOP) -> list[str]:
    """Return the names of the best models of a variant that had a score, best first."""
    rows = table[(table["variant"] == variant) & (table["fits"] > 0)]
    return [str(model) for model in rows["model"].head(count)]


def _most_frequent(errors: pd.Series) -> str:
    counts = errors.dropna().value_counts().sort_index(kind="stable")
    return str(counts.idxmax()) if len(counts) else ""
