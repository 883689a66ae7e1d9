"""A model judged in every way that was asked for, with all that a reader of it wants to know."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from discovery.assessment.assess import Assessment, ProxyFactory, assess
from discovery.assessment.audit import (
    Collision,
    Leak,
    Repeats,
    collisions,
    leaks,
    repeated_compositions,
)
from discovery.assessment.curves import Parts, within_parts
from discovery.assessment.groups import IntArray
from discovery.assessment.protocols import Protocol
from discovery.assessment.scores import (
    CALIBRATION,
    RESAMPLES,
    Metric,
    Score,
    accuracy_metrics,
    check_send,
    enrichment_metrics,
    scores,
)
from discovery.types import Dataset

Section: TypeAlias = Literal["protocols", "baselines", "learning", "validation", "parts"]

_OF_CURVES = ("spearman", "mae", "crps")


@dataclass(frozen=True)
class Task:
    """A model to judge by a protocol.

    Args:
        section: Of the report.
        label: What the report calls it within the section.
        factory: Makes the model.
        protocol: How it is judged.
        parts: What the rows of the protocol are, in the section of that name.
        series: What is varied, in the section ``validation``.
    """

    section: Section
    label: str
    factory: ProxyFactory
    protocol: Protocol
    parts: Parts | None = None
    series: str = ""


@dataclass(frozen=True)
class Judged:
    """A task done.

    Args:
        task: What was to be done.
        label: What the report calls it.
        assessment: Predictions.
        scores: Name of a metric -> its value.
        leaks: What test rows share with training rows; for protocols alone.
    """

    task: Task
    label: str
    assessment: Assessment
    scores: Mapping[str, Score]
    leaks: tuple[Leak, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What is counted, and how.

    Args:
        threshold: From which truth on a row is a positive, or ``None``.
        send: Numbers of rows that are chosen of all, best prediction first.
        best: Share of the rows that are hits.
        seed: Of the bootstrap, and of the models.
        resamples: Of the bootstrap.
    """

    threshold: float | None
    send: tuple[int, ...]
    best: float = 0.1
    seed: int = 0
    resamples: int = RESAMPLES


@dataclass(frozen=True)
class Study:
    """A model judged.

    Args:
        dataset: What it was judged on.
        rows: The rows of it that were used, those of an official test part not counted.
        proxy: The model, with its options, as text.
        settings: What was counted.
        judged: All tasks, in order.
        chosen: Name of a choice -> how many outer folds of a nested protocol chose it.
        collisions: Rows that no composition, group and cell tells apart.
        repeats: How far values of one composition differ.
        command: The command that repeats it.
        version: Of this package.
        remarks: What else was noticed.
    """

    dataset: Dataset
    rows: IntArray
    proxy: str
    settings: Settings
    judged: tuple[Judged, ...]
    chosen: Mapping[str, int]
    collisions: tuple[Collision, ...]
    repeats: Repeats
    command: str
    version: str
    remarks: Sequence[str] = ()

    def of(self, section: Section) -> tuple[Judged, ...]:
        """Return what belongs to a section of the report."""
        return tuple(each for each in self.judged if each.task.section == section)


def study(
    dataset: Dataset,
    rows: IntArray,
    tasks: Sequence[Task],
    settings: Settings,
    *,
    proxy: str,
    command: str,
    version: str,
    remarks: Sequence[str] = (),
    choices: Callable[[], Sequence[str]] = tuple,
    done: Callable[[], None] = lambda: None,
) -> Study:
    """Do all tasks and look through the data set for what it holds twice.

    Args:
        dataset: Candidates and labels.
        rows: The rows that were divided by the protocols.
        tasks: What to do.
        settings: What to count.
        proxy: The model, with its options, as text.
        command: The command that repeats it.
        version: Of this package.
        remarks: What else was noticed.
        choices: Tells afterwards what the models of a nested protocol chose.
        done: Called after each model that was fitted.

    Raises:
        InvalidInputError: More rows are to be sent than a protocol ranks.
    """
    for task in tasks:
        if task.section == "protocols":
            ranked = sum(len(split.test) for split in task.protocol.repeats[0])
            check_send(settings.send, ranked)
    judged = [each for task in tasks for each in _judge(dataset, task, settings, done)]
    return Study(
        dataset,
        rows,
        proxy,
        settings,
        tuple(judged),
        dict(Counter(choices()).most_common()),
        collisions(dataset, rows),
        repeated_compositions(dataset, rows),
        command,
        version,
        remarks,
    )


def _judge(
    dataset: Dataset, task: Task, settings: Settings, done: Callable[[], None]
) -> list[Judged]:
    assessment = assess(task.factory, dataset, task.protocol, settings.seed, done=done)
    wanted = _wanted(task.section, settings)

    def judged(label: str, part: Assessment, found: tuple[Leak, ...] = ()) -> Judged:
        told = scores(part, wanted, settings.seed, settings.resamples)
        return Judged(task, label, part, told, found)

    if task.parts is not None:
        halves = {"validation": task.parts.validation, "test": task.parts.test}
        return [judged(name, within_parts(assessment, rows)) for name, rows in halves.items()]
    if task.section == "protocols":
        return [judged(task.label, assessment, leaks(dataset, task.protocol))]
    return [judged(task.label, assessment)]


def _wanted(section: Section, settings: Settings) -> dict[str, Metric]:
    accuracy = accuracy_metrics(settings.threshold)
    every = accuracy | dict(CALIBRATION) | enrichment_metrics(settings.send, settings.best)
    if section == "protocols":
        return every
    if section == "baselines":
        return accuracy | {"crps": CALIBRATION["crps"]}
    return {name: every[name] for name in _OF_CURVES}
