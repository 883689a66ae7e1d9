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
Workers = Annotated[
    int, typer.Option("--workers", min=1, help="Number of processes that work side by side.")
]
Cache = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Remember answers on disk, and use them.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]
