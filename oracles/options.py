"""Options of the oracles. Prices are in units of one experiment.

The defaults are relative efforts, not measured times: synthesising and measuring one electrolyte
takes days, a calculation on its known structure takes the minute of a person who looks at it.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from discovery.options import Options, Section
from oracles.force_field.options import (
    ForceFieldBarrierOptions,
    ForceFieldDynamicsOptions,
    ForceFieldEnergyOptions,
)
from oracles.limits import Atoms, Price, Representatives, Resolution, Sites, Temperature

_MAX_SITES = 1000


class TableOptions(Options):
    """Look-up of measured values."""

    price: Price = Field(default=1.0, description="Cost of one query: one experiment.")


class SendekOptions(Options):
    """Logistic model of superionic conduction (Sendek et al. 2017)."""

    price: Price = Field(default=0.01, description="Cost of one query, in experiments.")
    max_sites: Sites = Field(
        default=_MAX_SITES, description="Structures with more sites are refused."
    )
    disorder: Literal["sampled", "mean-field"] = Field(
        default="sampled", description="Treatment of partial occupancy."
    )


class BondValenceOptions(Options):
    """Mismatch of bond valence sum and oxidation state of Li."""

    price: Price = Field(default=0.02, description="Cost of one query, in experiments.")
    max_sites: Sites = Field(
        default=_MAX_SITES, description="Structures with more sites are refused."
    )
    parameters: Literal["okeeffe_brese", "softbv"] = Field(
        default="okeeffe_brese", description="Set of bond valence parameters."
    )


class EwaldOptions(Options):
    """Electrostatic site energy of Li."""

    price: Price = Field(default=0.02, description="Cost of one query, in experiments.")
    max_sites: Sites = Field(
        default=_MAX_SITES, description="Structures with more sites are refused."
    )


class SiteEnergyOptions(Options):
    """Migration barrier of Li on the bond valence energy landscape."""

    price: Price = Field(default=0.02, description="Cost of one query, in experiments.")
    resolution: Resolution = Field(default=0.2, description="Distance of grid points, Angstrom.")
    representatives: Representatives = Field(
        default=1, description="Orderings of a disordered crystal that are averaged."
    )
    max_sites: Sites = Field(
        default=_MAX_SITES, description="Structures with more sites are refused."
    )
    max_atoms: Atoms = Field(default=200, description="Larger ordered cells are refused.")


class SoftBVKMCOptions(Options):
    """Conductivity by kinetic Monte Carlo on the bond valence energy landscape."""

    price: Price = Field(default=0.05, description="Cost of one query, in experiments.")
    resolution: Resolution = Field(default=0.2, description="Distance of grid points, Angstrom.")
    temperatures: tuple[Temperature, ...] = Field(
        default=(1250.0, 1500.0, 2000.0),
        min_length=2,
        max_length=20,
        description="Temperatures of the simulations, K; two or more different ones.",
    )
    hops_per_ion: int = Field(
        default=10_000, ge=5000, le=1_000_000, description="Hops recorded at each temperature."
    )
    ions: int = Field(default=64, ge=1, le=10_000, description="In a supercell, at least.")
    attempt_frequency: float = Field(default=1e13, ge=1e9, le=1e16, description="Of hops, 1/s.")
    dielectric: float = Field(
        default=10.0,
        ge=1,
        le=1e6,
        description="Relative permittivity that weakens the repulsion of Li.",
    )
    screening: float = Field(
        default=3.0,
        ge=0.1,
        le=10,
        description="Length over which the repulsion of Li fades, Angstrom.",
    )
    defects: float = Field(default=0.02, ge=1e-6, le=0.9, description="Vacancies per Li.")
    average: Literal["series", "parallel"] = Field(
        default="series", description="Over the grains: of resistivities or of conductivities."
    )
    floor: float = Field(
        default=-20.0,
        ge=-1000,
        le=10,
        description="Lower values are stated as a bound, log10(S/cm).",
    )
    representatives: Representatives = Field(
        default=1, description="Orderings of a disordered crystal that are averaged."
    )
    max_sites: Sites = Field(
        default=_MAX_SITES, description="Structures with more sites are refused."
    )
    max_atoms: Atoms = Field(default=200, description="Larger ordered cells are refused.")


class DftOptions(Options):
    """Energy or formation energy of density functional theory."""

    price: Price = Field(default=0.5, description="Cost of one query, in experiments.")
    calculator: str = Field(
        default="gpaw", description="gpaw, chgnet or module:Class of an ASE calculator."
    )
    arguments: dict[str, Any] = Field(
        default_factory=dict,
        description="Arguments of the calculator, in place of single defaults.",
    )
    reference: Literal["none", "elements"] = Field(
        default="none", description="Total energy, or formation energy from the elements."
    )
    reference_structures: dict[str, str] = Field(
        default_factory=dict, description="CIF file by element, where none is built in."
    )
    relaxation: Literal["none", "positions", "cell"] = Field(
        default="none", description="What may move before the energy is taken; cell moves both."
    )
    representatives: Representatives = Field(
        default=1, description="Orderings of a disordered crystal that are averaged."
    )
    max_atoms: Atoms = Field(default=50, description="Larger ordered cells are refused.")


class CachedOptions(Options):
    """Remembered answers."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"directory"})

    oracle: Annotated[Any, Section("oracle")] = Field(description="Whose answers are remembered.")
    seed: int = Field(
        default=0,
        ge=0,
        lt=2**63,
        description="What the oracle draws from, whichever campaign asks: answers are shared.",
    )
    directory: str | None = Field(
        default=None,
        description="Where the answers lie; default: 'answers' below $DISCOVERY_CACHE or the "
        "user's cache directory.",
    )


class NoisyOptions(Options):
    """Answers with noise, for benchmarks."""

    oracle: Annotated[Any, Section("oracle")] = Field(description="Whose answers are shifted.")
    standard_deviation: float = Field(
        ge=0, allow_inf_nan=False, description="Of the noise, in the unit of the oracle."
    )
    bias: float = Field(
        default=0.0, allow_inf_nan=False, description="Added to every answer, in the same unit."
    )


class ArrheniusOptions(Options):
    """Barriers told as conductivities, with one prefactor for all materials."""

    oracle: Annotated[Any, Section("oracle")] = Field(description="Who answers a barrier in eV.")
    intercept: float = Field(
        default=4.5,
        gt=0,
        le=20,
        description="log10(sigma T) at infinite temperature, log10(S K/cm).",
    )
    temperature: float = Field(default=298.0, gt=0, le=1e4, description="K.")
    floor: float = Field(
        default=-15.0,
        allow_inf_nan=False,
        description="log10(S/cm) below which answers are bounds.",
    )


class CostedOptions(Options):
    """Another price: price + per_site * sites ** exponent."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"price", "per_site", "exponent"})

    oracle: Annotated[Any, Section("oracle")] = Field(description="Who answers.")
    price: Price = Field(description="Cost of one query, in experiments.")
    per_site: Price = Field(default=0.0, description="Cost of the first site.")
    exponent: float = Field(
        default=1.0, ge=0, le=10, description="How the cost grows with the number of sites."
    )


class TimeLimitedOptions(Options):
    """Evaluations in a worker process that is ended when one takes too long."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"seconds"})

    oracle: Annotated[Any, Section("oracle")] = Field(description="Who answers.")
    seconds: float = Field(default=600.0, gt=0, le=1e6, description="Time limit of one evaluation.")


class StabilityOptions(Options):
    """Electrochemical stability window against lithium."""

    source: Literal["file", "materials_project", "calculator"] = Field(
        description="Where energies come from: a JSON file, the Materials Project, or a calculator."
    )
    price: Price = Field(default=0.05, description="Cost of one query, in experiments.")
    path: str | None = Field(
        default=None, description="JSON file of phases, or folder of structures to compute."
    )
    calculator: str = Field(
        default="chgnet", description="chgnet, gpaw or module:Class of an ASE calculator."
    )
    arguments: dict[str, Any] = Field(
        default_factory=dict, description="Arguments of the calculator."
    )
    relaxation: Literal["none", "positions", "cell"] = Field(
        default="cell", description="What may move before an energy is taken; cell moves both."
    )
    max_atoms: Atoms = Field(default=200, description="Larger cells are not computed.")


OPTIONS: dict[str, type[Options]] = {
    "table": TableOptions,
    "sendek": SendekOptions,
    "bond_valence": BondValenceOptions,
    "ewald": EwaldOptions,
    "site_energy": SiteEnergyOptions,
    "softbv_kmc": SoftBVKMCOptions,
    "dft": DftOptions,
    "stability_window": StabilityOptions,
    "force_field": ForceFieldEnergyOptions,
    "force_field_md": ForceFieldDynamicsOptions,
    "force_field_neb": ForceFieldBarrierOptions,
    "cached": CachedOptions,
    "noisy": NoisyOptions,
    "arrhenius": ArrheniusOptions,
    "costed": CostedOptions,
    "time_limited": TimeLimitedOptions,
}
