"""Where a campaign lives: a folder with its journal, its configuration, its report."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from discovery.errors import InvalidInputError, JournalError, suggest

if TYPE_CHECKING:
    from discovery.campaign import CampaignRecord
    from discovery.config import CampaignOptions
    from discovery.store import Journal

CONFIG, JOURNAL = "config.yaml", "journal.db"


@dataclass(frozen=True)
class Place:
    """A campaign's configuration and folder."""

    config: "CampaignOptions"
    directory: Path

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the journal."""
        return self.config.journal or f"sqlite:///{self.directory / JOURNAL}"

    def prepare(self) -> None:
        """Make the folder and keep the configuration in it.

        Raises:
            JournalError: The folder cannot be written.
        """
        from discovery import config

        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            if not os.access(self.directory, os.W_OK):
                raise PermissionError(13, "Permission denied")
            kept = self.directory / CONFIG
            if not kept.exists():
                kept.write_text(config.dump(self.config), encoding="utf-8")
        except OSError as error:
            raise JournalError(
                f"cannot write to {self.directory}: {error.strerror or error}; "
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

    Args:
        text: Configuration file, name of a shipped configuration, folder or name of a campaign.
        out: Folder of the campaigns.
        **overrides: Fields to replace; ``None`` leaves the field as it is.
    """
    from discovery import config

    folder = None if text in config.shipped() and not Path(text).is_dir() else _folder(text, out)
    path = config.find(text) if folder is None else folder / CONFIG
    data = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    if not isinstance(data, dict):
        checked = config.read(path)  # says what is wrong with it
    else:
        changes = {key: value for key, value in overrides.items() if value is not None}
        data_dir = changes.pop("data_dir", None)
        if data_dir is not None:
            data["dataset"] = {**data.get("dataset", {}), "data_dir": str(data_dir)}
        checked = config.validate({**data, **changes}, str(path))
    return Place(checked, folder or out / checked.name)


def journal(name: str, out: Path) -> "Journal":
    """Open a campaign's journal for reading; it may be written at the same time.

    Raises:
        InvalidInputError: There is no such campaign.
    """
    from discovery.store import Journal

    found = kept(name, out)
    return Journal.open(found.url, found.config.name, read_only=True)


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
