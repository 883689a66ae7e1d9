"""Crystal structures: CIF files, pymatgen and back."""

import math
import re
import warnings
from collections.abc import Iterable, Mapping
from itertools import compress
from pathlib import Path
from typing import Any, Final

import numpy as np
from pymatgen.core.periodic_table import Element
from pymatgen.core.structure import Structure
from pymatgen.io.cif import CifBlock, CifFile, CifParser, CifWriter, str2float
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from discovery.chemistry.formula import format_formula, parse_formula, reduce_amounts
from discovery.crystal import Crystal, Lattice, Site, Species
from discovery.errors import InvalidInputError, InvalidStructureError
from discovery.types import Candidate

OVERFULL: Final = 1.05
"""Total occupancies up to this are taken for rounding (1/3 + 0.68) and scaled down to one."""

_VACANCIES: Final = frozenset({"X", "Va", "Vac", "Vc"})
_MAYBE_VACANCY: Final = re.compile(r"\b(?:Vac?|Vc|X)\d*[+-]?\s")
_ISOTOPES: Final = {"D": "H", "T": "H"}
_FORMULA_TOLERANCE: Final = 0.05
_UNKNOWN: Final = (".", "?")
_NO_SYMMETRY: Final = "Defaulting to P1"


def to_pymatgen(crystal: Crystal) -> Structure:
    """Return the pymatgen structure: same cell, same sites in the same order, no charges."""
    return Structure(
        np.asarray(crystal.matrix),
        [dict(site.species) for site in crystal.sites],
        [site.position for site in crystal.sites],
    )


def from_pymatgen(structure: Structure) -> Crystal:
    """Return the crystal of a pymatgen structure, ordered or disordered.

    Oxidation states, isotopes and spins are stripped to elements, vacancies (``X``, ``Vac``)
    dropped, total occupancies between 1 and :data:`OVERFULL` scaled down to one.

    Raises:
        InvalidStructureError: Nothing is left, a species is no element, an occupancy is above
            :data:`OVERFULL`, or the cell or a coordinate is not finite.
    """
    sites = []
    for index, site in enumerate(structure.sites):
        species = _elements(index, ((str(key.symbol), float(n)) for key, n in site.species.items()))
        if species:
            x, y, z = (float(value) for value in site.frac_coords)
            sites.append(Site(species, (x, y, z)))
    if not sites:
        raise InvalidStructureError(_nothing(len(structure)))
    (a, b, c) = ((float(row[0]), float(row[1]), float(row[2])) for row in structure.lattice.matrix)
    return Crystal((a, b, c), tuple(sites))


def read_cif(path: Path | str) -> Crystal:
    """Return the first structure of a CIF file, all sites of its cell.

    Vacancies written as sites (``Vac``, ``X``) are dropped. Atoms with an occupancy of 0 are an
    error, because the file does not say whether they are vacancies or forgotten.

    Raises:
        InvalidStructureError: The file is missing, truncated or no CIF, has no structure, no
            symmetry, only vacancies, a bad cell, coordinate or occupancy. The message names file
            and reason.
    """
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidStructureError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_cif(text, source=str(path))


def parse_cif(text: str, source: str) -> Crystal:
    """Return the first structure of the text of a CIF file; ``source`` names it in errors.

    Raises:
        InvalidStructureError: See :func:`read_cif`.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            parser = CifParser.from_str(_without_vacancies(text), occupancy_tolerance=OVERFULL)
            for block in parser.as_dict().values():
                _check_numbers(block)
            structure = parser.parse_structures(primitive=False, on_error="raise")[0]
        except InvalidStructureError as error:
            raise InvalidStructureError(f"{source}: {error}") from error
        except Exception as error:  # the parser fails in many ways on bad files
            raise InvalidStructureError(
                f"{source}: no crystal structure can be read, the file may be truncated or no CIF "
                f"({_first_line(error)})"
            ) from error
    if any(_NO_SYMMETRY in str(warning.message) for warning in caught):
        raise InvalidStructureError(
            f"{source}: neither symmetry operations nor a known space group; add the operations "
            "(for a cell with all its atoms: _symmetry_equiv_pos_as_xyz 'x, y, z')"
        )
    block = next(iter(parser.as_dict().values()))
    try:
        crystal = from_pymatgen(structure)
    except InvalidStructureError as error:
        raise InvalidStructureError(f"{source}: {error}") from error
    _check_declared_formula(block, crystal, source)
    return crystal


def write_cif(candidate: Candidate) -> str:
    """Return the structure of a candidate as CIF text, all sites of the cell in P 1.

    Raises:
        InvalidInputError: The candidate has no structure.
    """
    if candidate.structure is None:
        raise InvalidInputError(
            f"{candidate.name or candidate.formula} has no structure, only a composition"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(CifWriter(to_pymatgen(candidate.structure), significant_figures=9))


def candidate_from_structure(
    crystal: Crystal,
    name: str = "",
    composition: Mapping[str, float] | None = None,
    *,
    symprec: float = 0.01,
) -> Candidate:
    """Return the candidate of a structure, with what symmetry analysis adds.

    Space group, conventional cell and formula units per cell come from spglib (Togo & Tanaka,
    Sci. Technol. Adv. Mater. Meth. 4, 2384822 (2024)); they stay unknown where it finds no
    symmetry, e.g. because split sites lie closer than ``symprec``.

    Args:
        crystal: The structure, any cell.
        name: What people call it.
        composition: Amounts per formula unit; by default the cell contents, reduced, from the
            least to the most electronegative element.
        symprec: Distance in Angstrom within which positions count as equivalent.
    """
    content = {e: crystal.composition[e] for e in sorted(crystal.composition, key=Element)}
    unit = dict(composition) if composition else reduce_amounts(content)[0]
    group, cell = _symmetry(crystal, symprec)
    z = None
    if cell is not None:
        atoms = sum(content.values()) * cell.volume / crystal.volume
        z = float(f"{atoms / sum(unit.values()):.6g}")
    return Candidate(
        tuple(unit.items()), z=z, space_group=group, lattice=cell, structure=crystal, name=name
    )


def _symmetry(crystal: Crystal, symprec: float) -> tuple[int | None, Lattice | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            analyzer = SpacegroupAnalyzer(to_pymatgen(crystal), symprec=symprec)
            group = int(analyzer.get_space_group_number())
            parameters = analyzer.get_refined_structure().lattice.parameters
    except Exception:  # noqa: BLE001 - spglib and its wrapper have no common error
        return None, None
    return group, Lattice(*(float(f"{value:.10g}") for value in parameters))


def _elements(index: int, species: Iterable[tuple[str, float]]) -> Species:
    amounts: dict[str, float] = {}
    for symbol, occupancy in species:
        element = _ISOTOPES.get(symbol, symbol)
        if element in _VACANCIES:
            continue
        if not Element.is_valid_symbol(element):
            raise InvalidStructureError(f"site {index} holds {symbol!r}, which is no element")
        amounts[element] = amounts.get(element, 0.0) + occupancy
    total = sum(amounts.values())
    scale = total if 1 < total <= OVERFULL else 1.0
    return tuple((element, amount / scale) for element, amount in amounts.items() if amount)


def _without_vacancies(text: str) -> str:
    """Take rows of vacancies away, which the parser would read as vanadium."""
    if not _MAYBE_VACANCY.search(text):
        return text
    file = CifFile.from_str(text)
    for block in file.data.values():
        symbols = block.data.get("_atom_site_type_symbol")
        # without type symbols "Va1" may well be the label of a vanadium site
        known = _VACANCIES if symbols else {"Vac"}
        symbols = symbols or block.data.get("_atom_site_label")
        if not isinstance(symbols, list):
            continue
        kept = [symbol.rstrip("0123456789+-") not in known for symbol in symbols]
        if not any(kept):
            raise InvalidStructureError(_nothing(len(kept)))
        for key in _columns(block):
            block.data[key] = list(compress(block.data[key], kept))
    return str(file)


def _nothing(count: int) -> str:
    vacant = ", ".join(sorted(_VACANCIES))
    return f"all {count} sites are vacancies or unknown elements ({vacant}); there is no site left"


def _columns(block: CifBlock) -> list[str]:
    """Names of the columns of the loop that holds the sites."""
    return next((loop for loop in block.loops if "_atom_site_label" in loop), [])


def _check_numbers(block: Mapping[str, Any]) -> None:
    """The parser reads '.' as 0, takes sizes for positive and leaves out who has no occupancy."""
    labels = block.get("_atom_site_label", [])
    for axis in "xyz":
        for label, text in zip(labels, block.get(f"_atom_site_fract_{axis}", []), strict=False):
            if not math.isfinite(_number(text)):
                raise InvalidStructureError(f"atom {label} has the coordinate {axis} = {text}")
    for label, text in zip(labels, block.get("_atom_site_occupancy", []), strict=False):
        if text not in _UNKNOWN and not _number(text) > 0:
            raise InvalidStructureError(
                f"atom {label} has the occupancy {text}; expected more than 0 and at most 1, or no "
                "such atom in the file"
            )
    for edge in "abc":
        text = block.get(f"_cell_length_{edge}", "1")
        if not 0 < _number(text) < math.inf:
            raise InvalidStructureError(f"the cell has the length {edge} = {text}")


def _number(text: str) -> float:
    """Return a number of a CIF without its uncertainty in brackets, NaN for anything else."""
    try:
        return math.nan if text in _UNKNOWN else float(str2float(text))
    except ValueError:
        return math.nan


def _check_declared_formula(block: Mapping[str, Any], crystal: Crystal, source: str) -> None:
    """A file cut between two lines still parses; the formula it declares gives it away."""
    try:
        declared = parse_formula(str(block["_chemical_formula_sum"]))
    except (KeyError, InvalidInputError):
        return
    expected, found = _heavy_fractions(declared), _heavy_fractions(crystal.composition)
    for element in expected.keys() | found.keys():
        if abs(expected.get(element, 0.0) - found.get(element, 0.0)) > _FORMULA_TOLERANCE:
            raise InvalidStructureError(
                f"{source}: declares {format_formula(declared)} but its sites hold "
                f"{format_formula(crystal.composition)}; truncated?"
            )


def _heavy_fractions(composition: Mapping[str, float]) -> dict[str, float]:
    heavy = {element: amount for element, amount in composition.items() if element != "H"}
    total = sum(heavy.values())
    return {element: amount / total for element, amount in heavy.items()}


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    useful = [line for line in lines if not line.startswith(("No structure parsed", "Invalid CIF"))]
    return (useful or lines or [type(error).__name__])[0]
