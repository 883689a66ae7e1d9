"""Where a campaign lives: a folder with its journal, its configuration, its report."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discovery.errors import InvalidInputError, JournalError, suggest

if TYPE_CHECKING:
    from discovery.campaign import CampaignRecord
    from discovery.config import CampaignOptions
    from discovery.store import Journal

CONFIG, JOURNAL = "config.yaml", "journal.db"
_PATHS = ("data_dir", "path", "cif_dir")


@dataclass(frozen=True)
class Place:
    """A campaign's configuration and folder."""

    config: "CampaignOptions"
    directory: Path

    @property
    def database(self) -> str | Path:
        """URL of the journal's database, or path of its SQLite file."""
        return self.config.journal or self.directory / JOURNAL

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            JournalError: The folder cannot be written, or has lost its journal.
        """
        with _writing(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            if not os.access(self.directory, os.W_OK):
                raise PermissionError(13, "Permission denied")
        if (self.directory / CONFIG).is_file():
            self.check_journal()

    def check_journal(self) -> None:
        """Check that a campaign that was begun has its journal still.

        Raises:
            JournalError: The file is gone or empty; going on would buy everything again.
        """
        file = self.database
        if isinstance(file, Path) and not (file.is_file() and file.stat().st_size):
            raise JournalError(
                f"the journal {file} of a campaign that was begun is gone; restore it from a "
                f"copy, or remove the folder {self.directory} to buy everything again"
            )

    def keep(self) -> None:
        """Keep the configuration as it was run last, for `tell`, `report` and the next `run`.

        Raises:
            JournalError: The folder cannot be written.
        """
        from discovery import config
        from discovery.datasets.fetch import write_atomically

        with _writing(self.directory):
            write_atomically(self.directory / CONFIG, config.dump(self.config).encode())


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(
            f"cannot write to {directory}: {error.strerror or error}; "
            "choose another folder with --out"
        ) from None


def kept(text: str, out: Path, **overrides: Any) -> Place:  # noqa: ANN401 - values of YAML
    """Return a campaign that was run, by its name or its folder; see :func:`place`.

    Raises:
        InvalidInputError: There is no such campaign.
    """
    folder = _folder(text, out)
    if folder is None:
        known = [path.parent.name for path in out.glob(f"*/{CONFIG}")]
        raise InvalidInputError(f"there is no campaign {text!r} in {out}; {suggest(text, known)}")
    return place(str(folder), out, **overrides)


def place(text: str, out: Path, **overrides: Any) -> Place:  # noqa: ANN401 - values of YAML
    """Return the campaign of a configuration (a file or a shipped name) or of a run's folder.

    A budget given once with ``--budget`` stays until another one is given or the file is edited.

    Args:
        text: Configuration file, name of a shipped configuration, folder or name of a campaign.
        out: Folder of the campaigns.
        **overrides: Fields to replace; ``None`` leaves the field as it is.
    """
    from discovery import config

    folder = None if text in config.shipped() and not Path(text).is_dir() else _folder(text, out)
    path = config.find(text) if folder is None else folder / CONFIG
    data = config.load(path)
    changes = {key: value for key, value in overrides.items() if value is not None}
    data_dir = changes.pop("data_dir", None)
    checked: Any = config.validate({**data, **changes}, str(path))
    dataset = checked.dataset.model_dump(exclude_unset=True)
    if data_dir is not None:
        dataset["data_dir"] = data_dir
    # the folder of the campaign is used from anywhere, so paths in it are absolute
    here = {key: str(Path(dataset[key]).absolute()) for key in _PATHS if dataset.get(key)}
    checked = config.validate({**data, **changes, "dataset": dataset | here}, str(path))
    directory = folder or out / checked.name
    if folder is None and "budget" not in changes:
        checked = checked.model_copy(update={"budget": _last_budget(checked, directory)})
    return Place(checked, directory)


def _last_budget(now: "CampaignOptions", directory: Path) -> float | str:
    """The budget of the last run, unless the file says another one than it did at the start."""
    from discovery import config
    from discovery.store import Journal

    if not (directory / CONFIG).is_file():
        return now.budget
    last = Place(config.read(directory / CONFIG), directory)
    last.check_journal()
    with Journal.open(last.database, last.config.name, read_only=True) as found:
        at_start = found.events()[0].payload["config"].get("budget")
    return last.config.budget if now.budget == at_start else now.budget


def journal(name: str, out: Path) -> "Journal":
    """Open a campaign's journal for reading; it may be written at the same time.

    Raises:
        InvalidInputError: There is no such campaign.
    """
    from discovery.store import Journal

    found = kept(name, out)
    return Journal.open(found.database, found.config.name, read_only=True)


def record(name: str, out: Path) -> "CampaignRecord":
    """Read where a campaign stands.

    Raises:
        InvalidInputError: There is no such campaign.
    """
    from discovery.campaign import fold

    with journal(name, out) as found:
        return fold(found.events())


def _folder(name: str, out: Path) -> Path | None:
    for folder in (Path(name), out / name):
        if (folder / CONFIG).is_file():
            return folder
    return None
