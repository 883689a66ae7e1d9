"""Electrochemical stability against lithium, from the energies of competing phases.

A compound in contact with a lithium reservoir at the potential phi (V against Li/Li+) minimises
its grand potential, where the chemical potential of lithium is mu_Li = E(Li metal) - e phi (Zhu,
He & Mo, ACS Appl. Mater. Interfaces 7, 23685 (2015), doi 10.1021/acsami.5b07517; Richards et al.,
Chem. Mater. 28, 266 (2016), doi 10.1021/acs.chemmater.5b04082). Below its *reduction* potential
it takes up lithium, above its *oxidation* potential it gives lithium off; between them, in its
*window*, it does neither. Energies at 0 K, without entropy, overpotential or kinetics: measured
windows are wider.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core.composition import Composition
from pymatgen.core.periodic_table import Element

from discovery.chemistry.formula import format_formula
from discovery.crystal import Species
from discovery.errors import InvalidInputError

FORM_LITHIUM_BINARIES: Final = frozenset(
    itertools.chain(
        ("B", "C", "Si", "Ge", "Sn", "Pb", "N", "P", "As", "Sb", "Bi"),
        ("O", "S", "Se", "Te", "H", "F", "Cl", "Br", "I"),
    )
)
"""Elements of groups 13 to 17, and H, that are known to form binary compounds with lithium (LiB,
LiC6, ..., LiI); energies that have none of them do not cover the reactions with lithium."""

_SAME_FRACTION: Final = 1e-4  # of the atoms: fractional formulas are written with four digits
_STEP: Final = 1e-3  # of the atoms: lithium added or taken away to name the products


@dataclass(frozen=True)
class Phase:
    """A phase and its energy.

    Args:
        composition: (element, amount) pairs.
        energy: In eV, of the composition as written.
        name: What it is called, e.g. ``mp-135``.
        source: Where the energy comes from; energies of different sources do not compare.

    Raises:
        InvalidInputError: The energy is not finite, or an amount not positive.
    """

    composition: Species
    energy: float
    name: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not self.composition or not all(n > 0 for _, n in self.composition):
            raise InvalidInputError(
                f"phase {self.name!r}: amounts must be positive: {self.composition}"
            )
        if not math.isfinite(self.energy):
            raise InvalidInputError(
                f"phase {self.name!r} ({self.formula}) has energy {self.energy}, not a number"
            )

    @property
    def formula(self) -> str:
        """Formula as written."""
        return format_formula(dict(self.composition))

    @property
    def elements(self) -> frozenset[str]:
        """Its elements."""
        return frozenset(element for element, _ in self.composition)

    @property
    def energy_per_atom(self) -> float:
        """In eV."""
        return self.energy / sum(amount for _, amount in self.composition)


@dataclass(frozen=True)
class StabilityWindow:
    """Where a composition neither takes up nor gives off lithium.

    Args:
        reduction: Lower limit, V against Li/Li+.
        oxidation: Upper limit, V against Li/Li+; equal to the lower one for a composition that
            exchanges lithium at any other potential.
        energy_above_hull: Of the compound above its competing phases, eV/atom; 0 when stable.
        phases: Formulas of the phases in equilibrium inside the window: the compound itself where
            it is stable, otherwise what it decomposes into.
        reduced: Formulas of what appears just below the window, lithium metal not counted.
        oxidised: Formulas of what appears just above the window.
        uncovered: Pairs of elements of which no binary compound is known, e.g. ``P-S``; some pairs
            form none, for others the competing phases are incomplete.
        source: Where the energies come from.
    """

    reduction: float
    oxidation: float
    energy_above_hull: float
    phases: tuple[str, ...]
    reduced: tuple[str, ...]
    oxidised: tuple[str, ...]
    uncovered: tuple[str, ...]
    source: str

    @property
    def width(self) -> float:
        """In V."""
        return self.oxidation - self.reduction


def stability_window(
    composition: Mapping[str, float], phases: Sequence[Phase], *, own: Phase | None = None
) -> StabilityWindow:
    """Return the electrochemical window of a lithium compound.

    The window is that of the phase equilibrium at this composition. For a metastable compound
    (``energy_above_hull`` > 0) it is the window of its decomposition products, the usual reading
    of such numbers, which holds only when the decomposition is not hindered.

    Args:
        composition: Amounts of the compound.
        phases: The compound and its competitors, energies from one source. Those with other
            elements are passed over.
        own: Which of the phases is the compound; by default the lowest in energy that has its
            composition.

    Raises:
        InvalidInputError: No Li, nothing but Li, energies of more than one source, or something is
            missing: the compound itself, an element, a lithium binary of an element that has one,
            any competing compound. The message lists all that is missing.
    """
    relevant = [phase for phase in phases if phase.elements <= composition.keys()]
    sources = sorted({phase.source or "not named" for phase in relevant})
    if len(sources) > 1:
        raise InvalidInputError(
            f"the energies come from {len(sources)} sources ({', '.join(sources)}) and do not "
            "compare; keep one"
        )
    check_covered(composition, [dict(phase.composition) for phase in relevant])
    own = own or min(
        (phase for phase in relevant if _same(dict(phase.composition), composition)),
        key=lambda phase: phase.energy_per_atom,
    )
    # the written composition of the phase, not that of the question: both lie on the same ray up
    # to rounding, and the hull knows only the former exactly
    content = Composition(dict(own.composition))
    entries = {phase: PDEntry(_pymatgen(phase), phase.energy) for phase in relevant}
    diagram = PhaseDiagram(list(entries.values()))
    reduction, oxidation = _limits(diagram, content)
    lithium = Composition({"Li": min(content.num_atoms * _STEP, content["Li"] / 2)})
    inside = _stable(diagram, content)
    return StabilityWindow(
        reduction=reduction,
        oxidation=oxidation,
        energy_above_hull=max(0.0, float(diagram.get_e_above_hull(entries[own]) or 0.0)),
        phases=tuple(sorted(inside)),
        reduced=tuple(sorted(_stable(diagram, content + lithium) - inside - {"Li"})),
        oxidised=tuple(sorted(_stable(diagram, content - lithium) - inside)),
        uncovered=_uncovered(composition, relevant),
        source=sources[0],
    )


def check_covered(composition: Mapping[str, float], known: Sequence[Mapping[str, float]]) -> None:
    """Refuse phases whose convex hull would say more than is known.

    Args:
        composition: Amounts of the compound in question.
        known: Compositions of phases; those with other elements do not count.

    Raises:
        InvalidInputError: See :func:`stability_window`.
    """
    name = format_formula(composition)
    if "Li" not in composition or len(composition) == 1:
        raise InvalidInputError(f"{name} has no window against lithium: only compounds of Li do")
    elements = sorted(composition, key=Element)
    relevant = [one for one in known if one.keys() <= composition.keys()]
    systems = {frozenset(one) for one in relevant}
    missing = [f"the element {element}" for element in elements if {element} not in systems]
    if not any(_same(one, composition) for one in relevant):
        missing.append(f"{name} itself")
    missing += [
        f"a compound of Li and {element}"
        for element in elements
        if element in FORM_LITHIUM_BINARIES and {"Li", element} not in systems
    ]
    rivals = [one for one in relevant if len(one) > 1 and not _same(one, composition)]
    if not rivals and len(elements) > 2:  # noqa: PLR2004 - two elements may form one compound only
        missing.append(f"any competing compound in {'-'.join(elements)}")
    if missing:
        raise InvalidInputError(
            f"no window of {name}: {len(relevant)} phases of its elements are known, among them "
            f"not {'; '.join(missing)}"
        )


def _limits(diagram: PhaseDiagram, content: Composition) -> tuple[float, float]:
    """Return reduction and oxidation potential in V against Li/Li+."""
    lithium = Element("Li")
    metal = diagram.el_refs[lithium].energy_per_atom
    # from the richest to the poorest in Li; `chempot` is that between a stage and the richer one
    stages: list[dict[str, Any]] = diagram.get_element_profile(lithium, content)
    potentials = [float(metal - stage["chempot"]) for stage in stages]
    exchanged = [float(stage["evolution"]) / content.num_atoms for stage in stages]
    first = next(k for k, amount in enumerate(exchanged) if amount < _SAME_FRACTION)
    last = first + 1 if exchanged[first] > -_SAME_FRACTION else first
    return potentials[first], potentials[last]


def _stable(diagram: PhaseDiagram, content: Composition) -> set[str]:
    """Return the reduced formulas of the phases in equilibrium at a composition."""
    return {entry.composition.reduced_formula for entry in diagram.get_decomposition(content)}


def _uncovered(composition: Mapping[str, float], relevant: Iterable[Phase]) -> tuple[str, ...]:
    systems = {phase.elements for phase in relevant}
    pairs = itertools.combinations(sorted(composition, key=Element), 2)
    return tuple("-".join(pair) for pair in pairs if set(pair) not in systems)


def _pymatgen(phase: Phase) -> Composition:
    return Composition(dict(phase.composition))


def _same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    first, second = _fractions(one), _fractions(other)
    return first.keys() == second.keys() and all(
        abs(first[element] - second[element]) < _SAME_FRACTION for element in first
    )


def _fractions(composition: Mapping[str, float]) -> dict[str, float]:
    total = sum(composition.values())
    return {element: amount / total for element, amount in composition.items()}
