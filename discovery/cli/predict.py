"""``discovery predict``: a list of one's own, ranked by a trained proxy."""

import csv
import io
import json as jsonlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from discovery.cli.arguments import DataDir, Json, Quiet

if TYPE_CHECKING:
    from discovery.prediction import Prediction, Trained

_CONDUCTIVITY: Final = "log10_sigma"
_SUPERIONIC: Final = -4.0
_DIGITS: Final = 4
_COLUMNS: Final = (
    "rank", "source", "formula", "mean", "std", "low", "high", "probability", "stage", "id",
)  # fmt: skip


def predict(
    files: Annotated[
        list[str],
        typer.Argument(help="Tables with a formula, CIF files, folders of them, or data sets."),
    ],
    dataset: Annotated[
        str, typer.Option(help="Data set or table with labels to learn from.")
    ] = "obelix",
    model: Annotated[
        Path | None, typer.Option(help="A trained proxy from --save, instead of learning anew.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="File to keep the trained proxy in.")] = None,
    proxy: Annotated[
        str, typer.Option(help='The proxy, with options: NAME or NAME={"option": 1}.')
    ] = "staged",
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Value whose probability to be reached is told; by default -4 where the "
            "property is the logarithm of a conductivity."
        ),
    ] = None,
    level: Annotated[float, typer.Option(help="Coverage of the interval.")] = 0.9,
    top: Annotated[int | None, typer.Option(min=1, help="Only so many, the best ones.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write instead of printing.")] = None,
    seed: Annotated[int, typer.Option(help="Of the training.")] = 0,
    data_dir: DataDir = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Rank materials by what a proxy believes of them, best first.

    Prints CSV: mean, standard deviation and interval of what a measurement would give, the
    probability to reach the threshold, and the stage of features that was used (composition,
    geometry or physics). What cannot be read is told at the end and makes the command exit with 1.
    """
    from discovery.cli.learning import trained_proxy
    from discovery.cli.progress import counting
    from discovery.cli.sources import entries, read
    from discovery.prediction import predict as predicted
    from discovery.prediction import stored
    from discovery.store.models import save_model

    found = entries(files, data_dir)
    trained = trained_proxy(dataset, proxy, model, seed, data_dir)
    if save is not None:
        save_model(stored(trained), save)
    limit = threshold
    if limit is None and trained.about["property"] == _CONDUCTIVITY:
        limit = _SUPERIONIC
    sources, candidates, unread = [], [], []
    with counting("reading", len(found), quiet=quiet) as done:
        for source, entry in found:
            one = read(entry)
            if isinstance(one, str):
                unread.append(f"{source}: {one}")
            else:
                sources.append(source)
                candidates.append(one)
            done()
    told = predicted(trained, candidates, threshold=limit, level=level)
    ranked = sorted(zip(sources, told, strict=True), key=lambda pair: -pair[1].mean)[:top]
    _write([_row(place, *pair) for place, pair in enumerate(ranked, 1)], trained, out, json=json)
    for line in unread:
        typer.echo(line, err=True)
    if unread:
        raise typer.Exit(1)


def _row(rank: int, source: str, told: "Prediction") -> dict[str, Any]:
    return {
        "rank": rank,
        "source": source,
        "formula": told.candidate.formula,
        "mean": round(told.mean, _DIGITS),
        "std": round(told.std, _DIGITS),
        "low": round(told.low, _DIGITS),
        "high": round(told.high, _DIGITS),
        "probability": None if told.probability is None else round(told.probability, _DIGITS),
        "stage": told.stage,
        "id": told.candidate.id,
    }


def _write(
    rows: Sequence[dict[str, Any]], trained: "Trained", out: Path | None, *, json: bool
) -> None:
    if json:
        typer.echo(jsonlib.dumps({"about": dict(trained.about), "predictions": rows}))
        return
    text = io.StringIO()
    table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    if out is None:
        typer.echo(text.getvalue(), nl=False)
    else:
        out.write_text(text.getvalue())
        typer.echo(f"{len(rows)} predictions in {out}")
