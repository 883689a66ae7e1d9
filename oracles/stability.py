"""Between which potentials against lithium a compound neither takes up nor gives off lithium."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from discovery.chemistry.formula import format_formula
from discovery.chemistry.ordering import REVISION, representatives
from discovery.chemistry.packing import check_packing
from discovery.chemistry.stability import Phase, StabilityWindow, check_covered, stability_window
from discovery.crystal import Crystal
from discovery.datasets.phases import materials_project_phases, read_phases, read_structures
from discovery.errors import InvalidInputError
from discovery.rng import derive
from discovery.types import Candidate, Estimate, Outcome, Refusal
from oracles.ase_bridge import atoms
from oracles.energies import Energies, Relaxation
from oracles.force_field.cells import primitive
from oracles.price import checked_price

Source: TypeAlias = Literal["file", "materials_project", "calculator"]


class StabilityOracle:
    """Width of the electrochemical stability window against Li/Li+, V.

    See :func:`discovery.chemistry.stability.stability_window` for the method and its limits. The
    two potentials (``reduction``, ``oxidation``), ``energy_above_hull`` (eV/atom) and what the
    compound turns into are in the details. Energies come from one source, never from two:

    ``file``
        The phases of a JSON file (:func:`discovery.datasets.phases.read_phases`), the candidate
        among them: its composition decides, its structure is not looked at.
    ``materials_project``
        The phases of the candidate's chemical system (needs ``MP_API_KEY`` the first time), the
        candidate among them, likewise.
    ``calculator``
        The structures of ``path`` and the candidate's own, all with the same calculator and
        settings. Energies are remembered on disk; a disordered candidate is represented by one
        ordered cell.

    Refused with the list of what is missing: no energy of the candidate, of an element, of the
    binary compounds with lithium, of any competing compound.

    Args:
        source: Where the energies come from.
        price: Cost of one query in budget units.
        path: For ``file`` the JSON file; for ``calculator`` the folder of CIF files, or a JSON
            file, with the structures of elements and competing compounds
            (:func:`discovery.datasets.phases.read_structures`).
        calculator: For ``calculator``: ``chgnet``, ``gpaw`` or ``module:Class``.
        arguments: Its keyword arguments.
        relaxation: For ``calculator``: what may move before an energy is taken, ``none``,
            ``positions`` or ``cell``.
        max_atoms: For ``calculator``: largest cell that is computed.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: An option is none, or a path is missing or of no use.
        DatasetError: The file cannot be read.
    """

    property = "stability_window"
    unit = "V"

    def __init__(
        self,
        *,
        source: Source,
        price: float = 0.05,
        path: str | None = None,
        calculator: str = "chgnet",
        arguments: Mapping[str, Any] | None = None,
        relaxation: Relaxation = "cell",
        max_atoms: int = 200,
    ) -> None:
        self._price = checked_price(price)
        if source not in ("file", "materials_project", "calculator"):
            raise InvalidInputError(
                f"source is 'file', 'materials_project' or 'calculator', not {source!r}"
            )
        if (path is None) != (source == "materials_project"):
            needs = "no path" if source == "materials_project" else "a path"
            raise InvalidInputError(f"source {source!r} needs {needs}, not {path!r}")
        if max_atoms < 1:
            raise InvalidInputError(f"max_atoms must be 1 or more, not {max_atoms}")
        self._source = source
        self._max_atoms = max_atoms
        self._energies = Energies(calculator, dict(arguments or {}), relaxation)
        place = Path(path or "").expanduser()
        self._phases = read_phases(place) if source == "file" else ()
        self._structures = _read(place) if source == "calculator" else ()
        content = f"{self._phases}{self._structures}"
        if source == "calculator":
            content += self._energies.settings
        self.version = f"1-{source}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
        if source == "calculator":
            self.version += f"+ordering.{REVISION}"

    def cost(self, candidate: Candidate) -> float:  # noqa: ARG002 - the same for all
        """Return the price of one query in budget units."""
        return self._price

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return an estimate or a refusal per candidate, in order.

        Raises:
            DatasetError: The Materials Project does not answer.
            RuntimeError: The calculator fails; the message has its words.
        """
        return [self._answer(candidate, derive(seed, candidate.id)) for candidate in candidates]

    def _answer(self, candidate: Candidate, seed: int) -> Outcome:
        try:
            window = self._window(candidate, seed)
        except InvalidInputError as error:
            return Refusal(str(error))
        return Estimate(
            window.width,
            details={
                "reduction": window.reduction,
                "oxidation": window.oxidation,
                "energy_above_hull": window.energy_above_hull,
                "phases": ", ".join(window.phases),
                "reduced_to": ", ".join(window.reduced),
                "oxidised_to": ", ".join(window.oxidised),
                "pairs_without_compound": ", ".join(window.uncovered),
                "energies": window.source,
            },
        )

    def _window(self, candidate: Candidate, seed: int) -> StabilityWindow:
        if self._source == "calculator":
            return self._computed_window(candidate, seed)
        amounts: dict[str, float] = {}
        for element, amount in candidate.composition:
            amounts[element] = amounts.get(element, 0.0) + amount
        known = self._phases if self._source == "file" else materials_project_phases(amounts)
        return stability_window(amounts, known)

    def _computed_window(self, candidate: Candidate, seed: int) -> StabilityWindow:
        if candidate.structure is None:
            raise InvalidInputError("no structure: only the composition is known")
        self._energies.check_available()
        (own,) = representatives(candidate.structure, seed=seed, max_atoms=self._max_atoms)
        check_packing(own)
        elements = own.composition.keys()
        rivals = [one for one in self._structures if one.composition.keys() <= elements]
        cells = [_primitive(one) for one in (own, *rivals)]
        # both first, because computing energies takes long
        check_covered(own.composition, [cell.composition for cell in cells])
        largest = max(cells, key=lambda cell: len(cell.sites))
        if len(largest.sites) > self._max_atoms:
            raise InvalidInputError(
                f"a competing phase, {format_formula(largest.composition)}, has "
                f"{len(largest.sites)} atoms, more than max_atoms = {self._max_atoms}"
            )
        phases = [self._phase(cell) for cell in cells]
        return stability_window(own.composition, phases, own=phases[0])

    def _phase(self, cell: Crystal) -> Phase:
        return Phase(
            tuple(cell.composition.items()),
            self._energies.remembered(atoms(cell)) * len(cell.sites),
            source=f"{self._energies.calculator} {self._energies.calculator_version}",
        )


@lru_cache(maxsize=4096)
def _primitive(crystal: Crystal) -> Crystal:
    return primitive(crystal)  # competing phases recur with every candidate


def _read(path: Path) -> tuple[Crystal, ...]:
    structures = read_structures(path)
    disordered = [name for name, crystal in structures.items() if not crystal.is_ordered]
    if disordered:
        raise InvalidInputError(
            f"{path}: competing phases need every site filled or empty; disordered: "
            f"{', '.join(disordered)}"
        )
    return tuple(structures.values())
