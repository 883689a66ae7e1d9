"""Where candidates come from on the command line: CIF files, folders of them, tables, data sets."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from discovery.cli.parts import parse_options
from discovery.errors import InvalidInputError, UnknownNameError, suggest

if TYPE_CHECKING:
    from discovery.protocols import DatasetLoader
    from discovery.types import Candidate, Dataset

Entry: TypeAlias = "tuple[str, Candidate | Path]"
"""Where a candidate comes from, and the candidate, or the CIF file that it is still to be read of.
"""

_TABLES: Final = (".csv", ".parquet")


def named_options(text: str) -> tuple[str, dict[str, Any]]:
    """Return name and options of ``name`` or ``name={"option": value}``.

    Raises:
        InvalidInputError: What follows the ``=`` is no JSON object.
    """
    name, equals, options = text.partition("=")
    return name, parse_options(options, f"what follows {name!r}=") if equals else {}


def load_named(text: str, data_dir: Path | None = None) -> "Dataset | None":
    """Return the data set that a text names, or ``None`` where it is a path of crystals.

    Args:
        text: A table (``.csv``, ``.parquet``), or a registered data set with or without options,
            e.g. ``obelix={"split": "test"}``; what exists as a path is not taken for a name.
        data_dir: Folder with the files of a registered data set.

    Raises:
        InvalidInputError: It is neither a path nor the name of a data set.
        DatasetError: The data set cannot be loaded.
    """
    from discovery import registry

    path = Path(text)
    if path.suffix in _TABLES:
        return _load("table", {"path": text})
    if path.exists() or path.suffix == ".cif":
        return None
    name, options = named_options(text)
    try:
        model = registry.options_model("dataset", name)
    except UnknownNameError as error:
        raise InvalidInputError(
            f"{text!r} is no file, no folder and no data set; {suggest(name, error.known)}"
        ) from None
    if data_dir is not None and "data_dir" in model.model_fields:
        options = {"data_dir": str(data_dir), **options}
    return _load(name, options)


def cif_files(path: Path) -> list[Path]:
    """Return the CIF files of a folder, or the file itself.

    Raises:
        InvalidInputError: The folder has no CIF file.
    """
    files = sorted(path.glob("*.cif")) if path.is_dir() else [path]
    if not files:
        raise InvalidInputError(f"there is no .cif file in {path}")
    return files


def entries(texts: Iterable[str], data_dir: Path | None = None) -> list[Entry]:
    """Return all candidates that some texts name, in order; CIF files are not read yet."""
    found: list[Entry] = []
    for text in texts:
        dataset = load_named(text, data_dir)
        if dataset is None:
            found += [(str(file), file) for file in cif_files(Path(text))]
        else:
            found += [(f"{text}:{c.name or c.formula}", c) for c in dataset.candidates]
    return found


def read(found: "Candidate | Path") -> "Candidate | str":
    """Return a candidate, read from its CIF file where need be, or why that cannot be read."""
    from discovery.chemistry.structures import candidate_from_structure, read_cif

    if not isinstance(found, Path):
        return found
    try:
        return candidate_from_structure(read_cif(found), name=found.stem)
    except InvalidInputError as error:
        return str(error)


def _load(name: str, options: dict[str, Any]) -> "Dataset":
    from discovery import registry

    loader: DatasetLoader = registry.build("dataset", name, options)
    return loader.load()
