"""``discovery sample``: crystals that nobody has listed."""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discovery.cli.arguments import DataDir

if TYPE_CHECKING:
    from discovery.sampling import Sample

_DIGITS = 4


def sample(
    sampler: Annotated[
        str | None,
        typer.Option(
            help="The generator: gflownet, random, substitution, evolve; with options: "
            'NAME={"calls": 20000}; default: that of --policy, or gflownet.'
        ),
    ] = None,
    count: Annotated[int, typer.Option("--n", min=1, help="Crystals to print, at most.")] = 10,
    dataset: Annotated[
        str,
        typer.Option(help="Known materials, with labels from which the reward is learned."),
    ] = "obelix",
    proxy: Annotated[
        str, typer.Option(help='Predicts the reward: NAME or NAME={"option": 1}.')
    ] = "staged",
    model: Annotated[
        Path | None,
        typer.Option(help="A trained proxy of `discovery predict --save`, instead of learning."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="A policy of --save, to go on from there.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="File to keep the trained policy in.")] = None,
    cif_dir: Annotated[
        Path | None, typer.Option(help="Folder for CIFs of the crystals with atoms in place.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write instead of printing.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Everything random follows from it.")] = 0,
    data_dir: DataDir = None,
    *,
    realise: Annotated[
        bool, typer.Option("--realise", help="Put atoms in place; what cannot be is left out.")
    ] = False,
) -> None:
    """Make crystals by composition, space group and lattice, the best by a proxy first.

    Prints one JSON object per line. What was scored, rejected and why goes to standard error. What
    has the composition, space group and cell of something in the data set is marked as known;
    crystals with atoms in place are always new.
    """
    from discovery import registry
    from discovery.cli.learning import labelled_data, trained_proxy
    from discovery.cli.sources import named_options
    from discovery.errors import InvalidInputError
    from discovery.sampling import POLICY, prepared, stored_policy
    from discovery.sampling import sample as sampled
    from discovery.store.models import load_model, save_model

    before = None if policy is None else load_model(policy, POLICY)
    usual = "gflownet" if before is None else before.part
    name, options = named_options(sampler or usual)
    if before is not None:
        if name != before.part:
            raise InvalidInputError(
                f"{policy} holds what {before.part!r} has learned, which is of no use to {name!r}; "
                f"leave --sampler out or name {before.part!r}"
            )
        options = {**before.options, **options}
    _check_places(save, out, cif_dir)
    part, arguments = name, options
    if realise or cif_dir is not None:
        part, arguments = "realised", {"generator": {"name": name, **options}}
    registry.needs("generator", part, arguments)  # mistakes are told before anything takes time
    known = labelled_data(dataset, data_dir).candidates
    generator = prepared(registry.build("generator", part, arguments, known=known))
    trained = trained_proxy(dataset, proxy, model, seed, data_dir)
    found = sampled(
        generator, trained, count, seed, None if before is None else before.state, known=known
    )
    rows = [_row(rank, one, cif_dir) for rank, one in enumerate(found.samples, 1)]
    lines = "".join(jsonlib.dumps(row, allow_nan=False) + "\n" for row in rows)
    if out is None:
        typer.echo(lines, nl=False)
    else:
        out.write_text(lines)
        typer.echo(f"{len(rows)} crystals in {out}")
    for note, value in sorted(found.notes.items()):
        typer.echo(f"{note}: {value:g}", err=True)
    if save is not None:
        save_model(stored_policy(name, options, found, trained), save)


def _check_places(save: Path | None, out: Path | None, folder: Path | None) -> None:
    from discovery.errors import InvalidInputError

    for option, path in (("--save", save), ("--out", out)):
        if path is not None and not path.parent.is_dir():
            raise InvalidInputError(f"{option} {path}: there is no folder {path.parent}")
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"--cif-dir {folder} is a file; name a folder")
    if folder is not None and any(folder.glob("*.cif")):
        raise InvalidInputError(f"--cif-dir {folder} holds CIFs already; name an empty folder")


def _row(rank: int, one: "Sample", folder: Path | None) -> dict[str, Any]:
    from discovery.chemistry.structures import write_cif
    from discovery.codec import candidate_to_json

    row = {
        "rank": rank,
        "formula": one.candidate.formula,
        "mean": round(one.mean, _DIGITS),
        "std": round(one.std, _DIGITS),
        "known": one.known,
        "id": one.candidate.id,
        **candidate_to_json(one.candidate),
    }
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{rank:04d}_{one.candidate.formula}.cif"
        path.write_text(write_cif(one.candidate))
        row["cif"] = str(path)
    return row
