"""All that is told of a model and its data, in one object."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from discovery.agreement.rank_statistics import Values
from discovery.assessment.groups import IntArray, same_source
from discovery.assessment.splits import grouped_folds, within
from discovery.assessment.training import observations, truths
from discovery.errors import InvalidInputError
from discovery.explanation.attribution import attribution
from discovery.explanation.contract import Explainable, is_explainable
from discovery.explanation.dependence import Dependence, dependence
from discovery.explanation.families import Difference, differences
from discovery.explanation.impurity import impurity
from discovery.explanation.permutation import HeldOut, losses
from discovery.explanation.pool import PoolMap, Purchase, pool_map
from discovery.explanation.subjects import subjects
from discovery.explanation.together import correlated_columns
from discovery.protocols import Proxy
from discovery.rng import derive, stream
from discovery.types import Dataset, FloatArray

CURVES: Final = 6
"""Features whose partial dependence is drawn."""

BACKGROUND: Final = 50
"""Rows of a training part, at most, that stand for what a Shapley value is not told."""


@dataclass(frozen=True)
class Settings:
    """How a model is explained.

    Args:
        folds: Parts of the rows, each held out once; related rows stay together.
        repeats: Shuffles of a column.
        seed: Of folds, models, shuffles and maps.
    """

    folds: int
    repeats: int
    seed: int

    @property
    def steps(self) -> int:
        """How often :func:`explain` calls ``done``."""
        return 2 * self.folds + 1


@dataclass(frozen=True)
class Explanation:
    """What a model looks at, and what its data look like; n rows, d columns.

    Args:
        dataset: Candidates and labels.
        rows: (n,) the rows that were learned from.
        truth: Their labels.
        names: Of the columns.
        values: (n, d), NaN where unknown.
        spearman: Rank correlation of the predictions of rows by models that did not see them.
        permutation: (repeats, d) how far it falls when a column is shuffled.
        clusters: Sets of columns that say nearly the same.
        together: (repeats, c) how far it falls when all columns of a set are shuffled as one.
        subjects: What columns are about -> these columns.
        by_subject: (repeats, s) how far it falls when all columns of a subject are shuffled as one.
        impurity: (d,) shares of 1, or ``None`` of a model without trees.
        shap: (n, d) contributions to the prediction of each row by the model that did not see it,
            or ``None``.
        base: (n,) what they start from, or ``None``.
        fold: (n,) which fold held a row out.
        dependences: Of the most important columns.
        families: (n,) of each row, empty where not known.
        differences: Between families.
        pool: The map.
        settings: How it was done.
        proxy: The model, with its options, as text.
        command: The command that repeats it.
        version: Of this package.
        remarks: What else was noticed.
    """

    dataset: Dataset
    rows: IntArray
    truth: Values
    names: tuple[str, ...]
    values: FloatArray
    spearman: float
    permutation: FloatArray
    clusters: tuple[tuple[int, ...], ...]
    together: FloatArray
    subjects: Mapping[str, tuple[int, ...]]
    by_subject: FloatArray
    impurity: FloatArray | None
    shap: FloatArray | None
    base: FloatArray | None
    fold: IntArray
    dependences: tuple[Dependence, ...]
    families: tuple[str, ...]
    differences: tuple[Difference, ...]
    pool: PoolMap
    settings: Settings
    proxy: str
    command: str
    version: str
    remarks: Sequence[str] = ()

    @cached_property
    def order(self) -> IntArray:
        """(d,) columns, the most important first: by mean absolute SHAP value, else by loss."""
        return _order(self.permutation, self.shap)


def explain(
    dataset: Dataset,
    rows: IntArray,
    build: Callable[[], Proxy],
    settings: Settings,
    *,
    proxy: str,
    command: str,
    version: str,
    purchases: Sequence[Purchase] = (),
    remarks: Sequence[str] = (),
    done: Callable[[], None] = lambda: None,
) -> Explanation:
    """Fit a model to folds and to all rows, and explain what it does.

    Permutation and SHAP are of rows that were not learned from; impurity, partial dependence and
    the map are of one model of all rows.

    Args:
        dataset: Candidates and labels.
        rows: With labels, of ``dataset.candidates``.
        build: Makes a model that is :class:`discovery.explanation.contract.Explainable`.
        settings: How to do it.
        proxy: The model, with its options, as text.
        command: The command that repeats it.
        version: Of this package.
        purchases: Of a campaign, for the map.
        remarks: What else was noticed.
        done: Called ``settings.steps`` times on the way.

    Raises:
        InvalidInputError: The model cannot be explained, the rows cannot be divided, or there is
            nothing to rank.
        ContractError: The model's trees do not add up to its response.
    """
    truth = truths(dataset, rows)
    parts, fold, shap, base = _held_out(dataset, rows, build, settings, done)
    model = _fitted(dataset, rows, build, derive(settings.seed, "all"))
    table = model.inputs([dataset.candidates[row] for row in rows])
    clusters = [tuple(each) for each in correlated_columns(table.values)]
    about = subjects(table.names)
    columns = [*((column,) for column in range(len(table.names))), *clusters, *about.values()]
    spearman, lost = losses(
        parts, truth, columns, repeats=settings.repeats, seed=settings.seed, done=done
    )
    if np.isnan(spearman):
        raise InvalidInputError(
            f"{proxy} has nothing to rank: all {len(truth)} labels, or all predictions of held-out "
            "rows, are equal; take a data set with different labels, or more of them"
        )
    ends = np.cumsum([len(table.names), len(clusters)])
    single, together, by_subject = np.split(lost, ends, axis=1)
    terms = model.trees(table.values)
    curves = [
        dependence(model, table.values, table.names, column)
        for column in _order(single, shap)[:CURVES].tolist()
    ]
    family = dataset.groups.get("family", {})
    families = tuple(family.get(dataset.candidates[row].id, "") for row in rows)
    explained = Explanation(
        dataset,
        rows,
        truth,
        table.names,
        table.values,
        spearman,
        single,
        tuple(clusters),
        together,
        about,
        by_subject,
        None if terms is None else impurity(terms, table.values),
        shap,
        base,
        fold,
        tuple(curve for curve in curves if curve is not None),
        families,
        tuple(differences(truth, families)),
        pool_map(model, dataset, purchases, settings.seed),
        settings,
        proxy,
        command,
        version,
        remarks,
    )
    done()
    return explained


def _held_out(
    dataset: Dataset,
    rows: IntArray,
    build: Callable[[], Proxy],
    settings: Settings,
    done: Callable[[], None],
) -> tuple[list[HeldOut], IntArray, FloatArray | None, FloatArray | None]:
    """Return models with the rows that they did not see, and the SHAP values of these."""
    splits = grouped_folds(same_source(dataset)[rows], settings.folds, settings.seed)
    parts, told = [], []
    fold = np.zeros(len(rows), dtype=np.intp)
    for number, split in enumerate(splits):
        here = within(split, rows)
        model = _fitted(dataset, here.train, build, derive(settings.seed, "fold", number))
        values = model.inputs([dataset.candidates[row] for row in here.test]).values
        others = stream(settings.seed, "background", number).permutation(here.train)[:BACKGROUND]
        background = model.inputs([dataset.candidates[row] for row in np.sort(others)]).values
        parts.append(HeldOut(model, split.test, values))
        told.append(attribution(model, values, background))
        fold[split.test] = number
        done()
    known = [each for each in told if each is not None]
    if len(known) < len(told):
        return parts, fold, None, None
    back = np.argsort(np.concatenate([part.rows for part in parts]))
    shap, base = (np.concatenate(each)[back] for each in zip(*known, strict=True))
    return parts, fold, shap, base


def _fitted(dataset: Dataset, rows: IntArray, build: Callable[[], Proxy], seed: int) -> Explainable:
    model = build()
    if not is_explainable(model):
        raise InvalidInputError(
            f"{type(model).__name__} cannot be explained: it has no columns to show "
            "(discovery.explanation.contract.Explainable)"
        )
    model.fit(*observations(dataset, rows), seed)
    explainable: Explainable = model  # type: ignore[assignment] # checked above
    return explainable


def _order(permutation: FloatArray, shap: FloatArray | None) -> IntArray:
    strength = np.median(permutation, axis=0) if shap is None else np.abs(shap).mean(axis=0)
    return np.argsort(-strength, kind="stable")
