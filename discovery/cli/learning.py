"""Trained proxies, from a file or from labels."""

from pathlib import Path
from typing import TYPE_CHECKING

from discovery.errors import InvalidInputError

if TYPE_CHECKING:
    from discovery.prediction import Trained
    from discovery.types import Dataset


def labelled_data(name: str, data_dir: Path | None) -> "Dataset":
    """Return the data set of a name, or a table.

    Raises:
        InvalidInputError: What is named has no labels.
    """
    from discovery.cli.sources import load_named

    data = load_named(name, data_dir)
    if data is None:
        raise InvalidInputError(
            f"{name!r} has no labels to learn from; name a data set, e.g. obelix, or a table "
            "with a column 'sigma'"
        )
    return data


def trained_proxy(
    dataset: str, proxy: str, model: Path | None, seed: int, data_dir: Path | None
) -> "Trained":
    """Return the proxy of a file, or one that has learned from a data set.

    Args:
        dataset: Name of the data set, or path of a table.
        proxy: Name of the proxy, with or without options.
        model: File of a trained proxy, or ``None`` to learn.
        seed: Of the training.
        data_dir: Folder with the files of the data set.
    """
    from discovery.cli.sources import named_options
    from discovery.prediction import restored, train
    from discovery.store.models import load_model

    if model is not None:
        return restored(load_model(model))
    return train(labelled_data(dataset, data_dir), *named_options(proxy), seed=seed)
