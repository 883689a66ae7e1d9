"""Options that several commands share, each said once."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Out = Annotated[
    Path, typer.Option("--out", help="Folder that holds the campaigns, one folder each.")
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder that already holds the files of the data set."),
]
