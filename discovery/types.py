"""The nouns of the package: frozen, hashable, picklable, free of heavy imports.

Conventions, said once: lengths in Angstrom, angles in degrees, energies in eV, temperatures in K;
``log10_sigma`` is log10 of the total ionic conductivity in S/cm at room temperature (298 K).
``n`` counts candidates, ``m`` counts fidelities.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.crystal import Crystal, Lattice, Species
from discovery.errors import BudgetError, InvalidInputError
from discovery.identity import candidate_id

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
Side: TypeAlias = Literal["left", "right"]
Status: TypeAlias = Literal["ok", "failed", "refused", "timeout", "lost"]
Detail: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Candidate:
    """A material that may be measured, or any other thing that is described by numbers.

    Identity is by content: two ways to write the same material have the same :attr:`id` and
    compare equal. Where a structure is known, composition and structure decide (any cell, any
    origin, any order of sites); otherwise composition, cell contents, space group and lattice.

    Args:
        composition: (element, amount) pairs per formula unit, in the order they are displayed.
        z: Formula units per conventional cell, where known.
        space_group: International number, 1-230, where known.
        lattice: Conventional cell, where known.
        structure: The crystal structure, where known.
        name: What people call it; no part of the identity.
        descriptors: (name, number) pairs of what else is known before any measurement, e.g. how it
            is made: ``("sintering_temperature", 1373.0)``. A candidate that has some needs no
            composition.

    Raises:
        InvalidInputError: An amount is not positive, the space group does not exist, a descriptor
            is no finite number or is given twice, or there is neither composition nor descriptor.
    """

    composition: Species
    z: float | None = None
    space_group: int | None = None
    lattice: Lattice | None = None
    structure: Crystal | None = None
    name: str = ""
    descriptors: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.composition and not self.descriptors:
            raise InvalidInputError("a candidate needs a composition; this one is empty")
        for element, amount in self.composition:
            if not (math.isfinite(amount) and amount > 0):
                raise InvalidInputError(f"amount of {element} must be positive, not {amount}")
        if self.space_group is not None and not 1 <= self.space_group <= 230:  # noqa: PLR2004
            raise InvalidInputError(f"space group {self.space_group} is outside 1-230")
        if self.z is not None and not (math.isfinite(self.z) and self.z > 0):
            raise InvalidInputError(f"formula units per cell must be positive, not {self.z}")
        if len(dict(self.descriptors)) < len(self.descriptors):
            names = ", ".join(name for name, _ in self.descriptors)
            raise InvalidInputError(f"descriptors need different names, got {names}")
        for name, value in self.descriptors:
            if not math.isfinite(value):
                raise InvalidInputError(f"descriptor {name!r} must be a number, not {value}")

    @cached_property
    def id(self) -> str:
        """Content hash, 16 hexadecimal digits."""
        lattice = None if self.lattice is None else self.lattice.parameters
        crystal = self.structure
        return candidate_id(
            self.composition,
            z=self.z,
            space_group=self.space_group,
            lattice=lattice,
            matrix=None if crystal is None else crystal.matrix,
            sites=None if crystal is None else [(s.species, s.position) for s in crystal.sites],
            descriptors=self.descriptors,
        )

    @property
    def fractions(self) -> dict[str, float]:
        """Atomic fractions; they sum to one. Empty without a composition."""
        # a million points need not remember that they have none
        return self._fractions if self.composition else {}

    @cached_property
    def _fractions(self) -> dict[str, float]:
        total = sum(amount for _, amount in self.composition)
        fractions: dict[str, float] = {}
        for element, amount in self.composition:
            fractions[element] = fractions.get(element, 0.0) + amount / total
        return fractions

    @property
    def formula(self) -> str:
        """Formula as written, e.g. ``Li6PS5Cl``; without one the descriptors, ``x=1 y=0.5``."""
        if not self.composition:
            return " ".join(f"{name}={value:.6g}" for name, value in self.descriptors)
        return "".join(
            element + ("" if amount == 1 else f"{amount:.6g}")
            for element, amount in self.composition
        )

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, Candidate) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)


@dataclass(frozen=True)
class Fidelity:
    """Which oracle's truth: named, unordered, with a cost per query; exactly one is the target.

    Raises:
        BudgetError: The cost is negative or not a number.
    """

    name: str
    cost: float
    target: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.cost) and self.cost >= 0):
            raise BudgetError(f"fidelity {self.name!r} costs {self.cost}; a cost is 0 or more")


@dataclass(frozen=True)
class Query:
    """A candidate at a fidelity; asked once in a campaign."""

    candidate: Candidate
    fidelity: str

    @property
    def id(self) -> str:
        """Identifier ``<candidate id>@<fidelity>``."""
        return f"{self.candidate.id}@{self.fidelity}"


@dataclass(frozen=True)
class Estimate:
    """An oracle's answer: a value in the oracle's unit, with its standard error where known."""

    value: float
    standard_error: float | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InvalidInputError(f"a value must be a finite number, not {self.value}")
        error = self.standard_error
        if error is not None and not (math.isfinite(error) and error >= 0):
            raise InvalidInputError(f"a standard error must be 0 or more, not {error}")


@dataclass(frozen=True)
class Bound:
    """A censored answer: the truth lies below (``left``) or above (``right``) ``value``.

    "<1E-10 S/cm" is ``Bound("left", -10.0)`` in log10 S/cm. A bound is not a number: it has no
    place in a mean, a feature or a maximum.
    """

    side: Side
    value: float
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.side not in ("left", "right"):
            raise InvalidInputError(f"a bound is on the 'left' or the 'right', not {self.side!r}")
        if not math.isfinite(self.value):
            raise InvalidInputError(f"a bound must be a finite number, not {self.value}")


@dataclass(frozen=True)
class Refusal:
    """An oracle does not apply to a candidate. A refusal is a result: it costs nothing."""

    reason: str


Outcome: TypeAlias = Estimate | Bound | Refusal


@dataclass(frozen=True)
class Observation:
    """What came back for a query: a value *or* a censored bound *or* a reason why there is none.

    Args:
        query: What was asked.
        status: ``ok``, ``failed``, ``refused``, ``timeout`` or ``lost``.
        property: Name of the quantity, e.g. ``log10_sigma``.
        unit: Unit of the quantity, e.g. ``log10(S/cm)``.
        value: The value, when ``ok`` and not censored.
        bound: The bound, when ``ok`` and censored.
        standard_error: One standard deviation of the value, where known.
        reason: Why there is no value, when there is none.
        cost: Actual cost in budget units; ``None`` for the announced one.
        wall_time: Seconds.
        oracle: Name of the oracle, or who answered.
        version: Version of the oracle.
        input_hash: Content hash of what the oracle was given.
        seed: Seed the oracle was given.
        details: Provenance as flat JSON.

    Raises:
        InvalidInputError: The parts contradict each other (a value and a bound, ok with neither).
    """

    query: Query
    status: Status
    property: str
    unit: str
    value: float | None = None
    bound: Bound | None = None
    standard_error: float | None = None
    reason: str = ""
    cost: float | None = None
    wall_time: float = 0.0
    oracle: str = ""
    version: str = ""
    input_hash: str = ""
    seed: int | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        has_answer = (self.value is not None) + (self.bound is not None)
        if has_answer != (1 if self.status == "ok" else 0):
            raise InvalidInputError(
                f"{self.query.id}: an observation that is 'ok' has a value or a bound, any other "
                f"has neither; got status {self.status!r}, value {self.value}, bound {self.bound}"
            )
        if self.value is not None and not math.isfinite(self.value):
            raise InvalidInputError(f"{self.query.id}: a value must be finite, not {self.value}")
        if self.cost is not None and not (math.isfinite(self.cost) and self.cost >= 0):
            raise BudgetError(f"{self.query.id}: a cost is 0 or more, not {self.cost}")


@dataclass(frozen=True)
class Belief:
    """What a proxy believes about ``n`` candidates at ``m`` fidelities.

    Args:
        fidelities: Names, length m, the target included.
        target: Name of the target fidelity.
        mean: (n, m), each column in the unit of its fidelity.
        covariance: (n, m, m) between the fidelities of one candidate (latent, without noise).
        noise: (m,) observation noise variance of each fidelity.
        factor: (n, r) with target covariance between candidates ~ ``factor @ factor.T`` plus
            what is missing on the diagonal; ``None`` treats candidates as independent.
    """

    fidelities: tuple[str, ...]
    target: str
    mean: FloatArray
    covariance: FloatArray
    noise: FloatArray
    factor: FloatArray | None = None

    def __post_init__(self) -> None:
        n, m = len(self.mean), len(self.fidelities)
        shapes = {
            "mean": (self.mean.shape, (n, m)),
            "covariance": (self.covariance.shape, (n, m, m)),
            "noise": (self.noise.shape, (m,)),
        }
        if self.factor is not None:
            shapes["factor"] = (self.factor.shape, (n, *self.factor.shape[1:]))
        for name, (got, expected) in shapes.items():
            if got != expected:
                raise InvalidInputError(f"belief.{name} has shape {got}, expected {expected}")
        if self.target not in self.fidelities:
            raise InvalidInputError(f"target {self.target!r} is not among {self.fidelities}")

    @property
    def column(self) -> int:
        """Column of the target fidelity."""
        return self.fidelities.index(self.target)

    @property
    def target_mean(self) -> FloatArray:
        """(n,) mean at the target fidelity."""
        return self.mean[:, self.column]

    @property
    def target_std(self) -> FloatArray:
        """(n,) standard deviation of the latent target, noise not included."""
        return np.sqrt(np.maximum(self.covariance[:, self.column, self.column], 0.0))

    @property
    def correlation(self) -> FloatArray:
        """(n, m) correlation of a (noisy) query at each fidelity with the latent target."""
        t = self.column
        variance = np.einsum("nii->ni", self.covariance)
        scale = np.sqrt(np.maximum((variance + self.noise) * variance[:, t : t + 1], 1e-300))
        return np.clip(self.covariance[:, :, t] / scale, -1.0, 1.0)

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Draw ``count`` joint samples of the latent target, shape (count, n)."""
        n = len(self.mean)
        variance = self.target_std**2
        common: FloatArray = np.zeros((count, n))
        if self.factor is not None:
            variance = np.maximum(variance - np.sum(self.factor**2, axis=1), 0.0)
            common = rng.standard_normal((count, self.factor.shape[1])) @ self.factor.T
        own = rng.standard_normal((count, n)) * np.sqrt(variance)
        return self.target_mean + common + own


@dataclass(frozen=True)
class Batch:
    """Queries proposed together, each with the score that chose it."""

    queries: tuple[Query, ...]
    scores: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.queries) != len(self.scores):
            raise InvalidInputError(
                f"a batch has one score per query, not {len(self.scores)} for {len(self.queries)}"
            )

    def __len__(self) -> int:
        return len(self.queries)


@dataclass(frozen=True)
class Draft:
    """A crystal that a generator made up.

    Args:
        candidate: The crystal.
        column: Which fidelity to ask, by its column in the scores; ``None`` leaves that to the
            acquisition function.
    """

    candidate: Candidate
    column: int | None = None


@dataclass(frozen=True)
class Forecast:
    """What was believed of a measurement of the target when it was asked for, and why it was."""

    mean: float | None
    std: float | None
    score: float
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Candidates and, kept apart from them, their measured target values.

    Args:
        name: Name of the data set.
        candidates: Unique by content.
        labels: Candidate id -> measured target (an estimate or a censored bound).
        property: Name of the labelled quantity.
        unit: Its unit.
        groups: Column (doi, family, split) -> candidate id -> provenance group.
        citation: How to cite it.
        remarks: What the loader noticed and the user should know.
    """

    name: str
    candidates: tuple[Candidate, ...]
    labels: Mapping[str, Estimate | Bound]
    property: str = "log10_sigma"
    unit: str = "log10(S/cm)"
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    citation: str = ""
    remarks: Sequence[str] = ()
