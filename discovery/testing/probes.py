"""Candidates that show how a part behaves: simple crystals, and everything that may be missing.

Cells of Li2O, LiCl, NaCl and Li3N are those of Wyckoff, Crystal Structures (1963), and Rabenau &
Schulz, J. Less-Common Met. 50, 155 (1976). Li2MgCl4 stands for its defect rock-salt form (Lutz,
Schmidt & Haeuseler, Z. Anorg. Allg. Chem. 453, 121 (1979)), halved from the spinel cell.
"""

from typing import Final

from discovery.crystal import Crystal, Lattice, Site, Species
from discovery.types import Candidate

_FACE_CENTRED: Final = ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))


def oracle_probes() -> list[Candidate]:
    """Return candidates that an oracle must answer or refuse: none may make it raise."""
    return [
        antifluorite(),
        rock_salt("Li", "Cl", 5.129),
        lithium_nitride(),
        defect_rock_salt(),
        Candidate((("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 1.0)), name="formula only"),
        Candidate(
            (("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 1.0)),
            z=4,
            space_group=216,
            lattice=Lattice(9.85, 9.85, 9.85, 90, 90, 90),
            name="cell without structure",
        ),
        rock_salt("Na", "Cl", 5.640),
        Candidate((("Na", 1.0), ("Cl", 1.0)), name="formula without Li"),
        lithium_metal(),
    ]


def model_probes() -> list[Candidate]:
    """Return 24 charge-balanced candidates for proxies, samplers and loops.

    Twenty are Li-M-X compounds, two thirds of them with a cell; four have a crystal structure.
    """
    found = [
        rock_salt("Li", halogen, a)
        for halogen, a in (("F", 4.017), ("Cl", 5.129), ("Br", 5.501), ("I", 6.0))
    ]
    for metal, charge in (("Mg", 2), ("Al", 3), ("Si", 4), ("P", 5), ("Y", 3)):
        for anion, valence, count in (("O", 2, 4), ("S", 2, 4), ("Cl", 1, 6), ("Br", 1, 6)):
            lithium = valence * count - charge
            volume = 4 * (lithium + 1 + count) * (12.0 + charge)
            a = volume ** (1 / 3)
            has_cell = len(found) % 3 > 0
            found.append(
                Candidate(
                    (("Li", float(lithium)), (metal, 1.0), (anion, float(count))),
                    z=4 if has_cell else None,
                    space_group=62 if has_cell else None,
                    lattice=Lattice(1.3 * a, a, a / 1.3, 90, 90, 90) if has_cell else None,
                )
            )
    return found


def rock_salt(cation: str, anion: str, a: float) -> Candidate:
    """Return an ordered rock-salt crystal with cell length ``a`` in Angstrom."""
    return _cubic(
        (((cation, 1.0),), _FACE_CENTRED),
        (((anion, 1.0),), _shifted(0.5)),
        a=a,
        composition=((cation, 1.0), (anion, 1.0)),
        z=4,
    )


def antifluorite() -> Candidate:
    """Return Li2O."""
    tetrahedral = _shifted(0.25) + _shifted(0.75)
    return _cubic(
        ((("Li", 1.0),), tetrahedral),
        ((("O", 1.0),), _FACE_CENTRED),
        a=4.619,
        composition=(("Li", 2.0), ("O", 1.0)),
        z=4,
    )


def defect_rock_salt() -> Candidate:
    """Return disordered Li2MgCl4: Li, Mg and vacancies share one site."""
    return _cubic(
        ((("Li", 0.5), ("Mg", 0.25)), _FACE_CENTRED),
        ((("Cl", 1.0),), _shifted(0.5)),
        a=5.20,
        composition=(("Li", 2.0), ("Mg", 1.0), ("Cl", 4.0)),
        z=1,
    )


def lithium_nitride() -> Candidate:
    """Return Li3N, one formula unit in a hexagonal cell."""
    a, c = 3.648, 3.875
    lithium = ((0.0, 0.0, 0.5), (1 / 3, 2 / 3, 0.0), (2 / 3, 1 / 3, 0.0))
    return Candidate(
        (("Li", 3.0), ("N", 1.0)),
        z=1,
        space_group=191,
        lattice=Lattice(a, a, c, 90, 90, 120),
        structure=Crystal(
            matrix=((a, 0.0, 0.0), (-a / 2, a * 0.75**0.5, 0.0), (0.0, 0.0, c)),
            sites=(
                *(Site((("Li", 1.0),), position) for position in lithium),
                Site((("N", 1.0),), (0.0, 0.0, 0.0)),
            ),
        ),
    )


def lithium_metal() -> Candidate:
    """Return body-centred Li, which has no anion."""
    centred = ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5))
    return _cubic(
        ((("Li", 1.0),), centred), a=3.51, composition=(("Li", 1.0),), z=2, space_group=229
    )


def _shifted(x: float) -> tuple[tuple[float, float, float], ...]:
    return tuple(((p + x) % 1, (q + x) % 1, (r + x) % 1) for p, q, r in _FACE_CENTRED)


def _cubic(
    *orbits: tuple[Species, tuple[tuple[float, float, float], ...]],
    a: float,
    composition: Species,
    z: int,
    space_group: int = 225,
) -> Candidate:
    return Candidate(
        composition,
        z=z,
        space_group=space_group,
        lattice=Lattice(a, a, a, 90, 90, 90),
        structure=Crystal(
            matrix=((a, 0.0, 0.0), (0.0, a, 0.0), (0.0, 0.0, a)),
            sites=tuple(Site(species, position) for species, orbit in orbits for position in orbit),
        ),
    )
