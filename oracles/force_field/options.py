"""Options of the oracles on a force field."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from discovery.options import Options
from oracles.limits import (
    Atoms,
    Force,
    Price,
    Representatives,
    Sites,
    Steps,
    Temperature,
    Width,
)


class ForceFieldOptions(Options):
    """What all of them share."""

    max_sites: Sites = Field(default=1000, description="Structures with more sites are refused.")
    representatives: Representatives = Field(
        default=1, description="Orderings of a disordered crystal to average."
    )
    max_atoms: Atoms = Field(
        default=200, description="Larger ordered cells and supercells are refused."
    )
    calculator: str = Field(
        default="chgnet", description="chgnet or module:Class of an ASE calculator."
    )
    arguments: dict[str, Any] = Field(
        default_factory=dict,
        description="Arguments of the calculator; chgnet takes model: 0.3.0, 0.2.0 or r2scan.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="For chgnet.")
    fmax: Force = Field(
        default=0.02, description="A crystal is relaxed below this force, eV/Angstrom."
    )
    max_steps: Steps = Field(default=500, description="Most steps of a relaxation.")


class ForceFieldEnergyOptions(ForceFieldOptions):
    """Relaxed energy per atom."""

    price: Price = Field(default=0.05, description="Cost of one query, in experiments.")
    relax: bool = Field(default=True, description="Whether to relax positions and cell.")
    batch_size: int = Field(
        default=16,
        ge=1,
        le=1024,
        description="Crystals chgnet takes at a time when nothing is relaxed.",
    )


class ForceFieldDynamicsOptions(ForceFieldOptions):
    """Conductivity from molecular dynamics."""

    without_effect: ClassVar[frozenset[str]] = frozenset(
        {"price", "checkpoint_dir", "checkpoint_ps"}
    )

    price: Price = Field(default=0.2, description="Cost of one query, in experiments.")
    temperatures: tuple[Temperature, ...] = Field(
        default=(800.0, 1000.0, 1200.0), min_length=2, max_length=20, description="K, two or more."
    )
    min_length: Width = Field(default=8.0, description="Least width of the supercell, Angstrom.")
    time_step_fs: float = Field(default=2.0, gt=0, le=20, description="Time step, fs.")
    friction_per_ps: float = Field(
        default=1.0, gt=0, le=1000, description="Of the thermostat, 1/ps."
    )
    equilibration_ps: float = Field(
        default=1.0, ge=0, le=1e5, description="Time before anything is measured, per temperature."
    )
    production_ps: float = Field(
        default=10.0, gt=0, le=1e6, description="Time that is measured, per temperature."
    )
    blocks: int = Field(default=4, ge=2, le=1000, description="Blocks that errors come from.")
    checkpoint_dir: str | None = Field(
        default=None, description="Folder of the states of unfinished runs; none keeps none."
    )
    checkpoint_ps: float = Field(default=1.0, gt=0, le=1e6, description="Time between two states.")


class ForceFieldBarrierOptions(ForceFieldOptions):
    """Migration barrier of a Li vacancy from a nudged elastic band."""

    price: Price = Field(default=0.1, description="Cost of one query, in experiments.")
    dimension: Literal[1, 2, 3] = Field(
        default=3, description="In how many dimensions the path percolates."
    )
    min_length: Width = Field(default=8.0, description="Least width of the supercell, Angstrom.")
    images: int = Field(default=5, ge=1, le=100, description="Images between the ends.")
    band_fmax: Force = Field(
        default=0.05, description="The band is relaxed below this force, eV/Angstrom."
    )
    initial_path: Literal["landscape", "idpp"] = Field(
        default="landscape", description="Where the band starts."
    )
