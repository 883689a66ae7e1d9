"""``discovery landscape``: the energy landscape of lithium in one crystal."""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discovery.cli.arguments import Json

if TYPE_CHECKING:
    from discovery.crystal import Crystal


def landscape(
    file: Annotated[Path, typer.Argument(help="CIF file of the crystal.")],
    resolution: Annotated[float, typer.Option(help="Distance of grid points, Angstrom.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Draws the ordering of a disordered crystal.")] = 0,
    max_atoms: Annotated[
        int, typer.Option(min=1, max=5000, help="Largest cell a disordered crystal is ordered in.")
    ] = 200,
    cube: Annotated[
        Path | None, typer.Option(help="Write the energies to this Gaussian cube file.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write an interactive picture to this HTML file.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Calculate where lithium can go in a crystal, and how high it has to climb.

    E_1D, E_2D and E_3D: how far above the best site the energy is at which lithium gets through the
    crystal in one, two and three dimensions. Of a disordered crystal, one ordering is taken.
    """
    from discovery.chemistry.structures import candidate_from_structure, read_cif
    from discovery.report.isosurface import facts, write_landscape
    from discovery.transport.cube import write_cube
    from discovery.transport.migration import migration

    published = read_cif(file)
    formula = candidate_from_structure(published).formula
    found = migration(_ordered(published, file, seed, max_atoms), resolution=resolution)
    said: dict[str, Any] = {
        "file": str(file),
        "formula": formula,
        "atoms": len(found.crystal.sites),
        "ordered": published.is_ordered,
        "grid": list(found.landscape.shape),
        **facts(found),
        "cube": cube and str(write_cube(cube, found.landscape, found.crystal)),
        "html": html and str(write_landscape(html, found, formula, file.name)),
    }
    if json:
        typer.echo(jsonlib.dumps(said))
        return
    for key, value in said.items():
        typer.echo(f"{key:14} {_text(value)}")


def _ordered(crystal: "Crystal", file: Path, seed: int, max_atoms: int) -> "Crystal":
    from discovery.chemistry.ordering import representatives
    from discovery.chemistry.packing import check_packing
    from discovery.errors import InvalidStructureError

    try:
        check_packing(crystal)
    except InvalidStructureError as error:
        raise InvalidStructureError(f"{file}: {error}") from error
    if crystal.is_ordered:
        return crystal
    return representatives(crystal, seed=seed, max_atoms=max_atoms)[0]


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return " ".join(_text(one) for one in value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)
