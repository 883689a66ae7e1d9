"""Options of the oracles on a force field."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from discovery.options import Options


class ForceFieldOptions(Options):
    """What all of them share."""

    max_sites: int = Field(
        default=1000, ge=1, description="Structures with more sites are refused."
    )
    representatives: int = Field(
        default=1, ge=1, description="Orderings of a disordered crystal to average."
    )
    max_atoms: int = Field(
        default=200, ge=1, description="Larger ordered cells and supercells are refused."
    )
    calculator: str = Field(
        default="chgnet", description="chgnet or module:Class of an ASE calculator."
    )
    arguments: dict[str, Any] = Field(
        default_factory=dict,
        description="Arguments of the calculator; chgnet takes model: 0.3.0, 0.2.0 or r2scan.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="For chgnet.")
    fmax: float = Field(
        default=0.02, gt=0, description="A crystal is relaxed below this force, eV/Angstrom."
    )
    max_steps: int = Field(default=500, ge=1, description="Most steps of a relaxation.")


class ForceFieldEnergyOptions(ForceFieldOptions):
    """Relaxed energy per atom."""

    price: float = Field(default=0.05, ge=0, description="Cost of one query, in experiments.")
    relax: bool = Field(default=True, description="Whether to relax positions and cell.")
    batch_size: int = Field(
        default=16, ge=1, description="Crystals chgnet takes at a time when nothing is relaxed."
    )


class ForceFieldDynamicsOptions(ForceFieldOptions):
    """Conductivity from molecular dynamics."""

    without_effect: ClassVar[frozenset[str]] = frozenset(
        {"price", "checkpoint_dir", "checkpoint_ps"}
    )

    price: float = Field(default=0.2, ge=0, description="Cost of one query, in experiments.")
    temperatures: tuple[float, ...] = Field(
        default=(800.0, 1000.0, 1200.0), min_length=2, description="K, two or more."
    )
    min_length: float = Field(
        default=8.0, gt=0, description="Least width of the supercell, Angstrom."
    )
    time_step_fs: float = Field(default=2.0, gt=0, description="Time step, fs.")
    friction_per_ps: float = Field(default=1.0, gt=0, description="Of the thermostat, 1/ps.")
    equilibration_ps: float = Field(
        default=1.0, ge=0, description="Time before anything is measured, per temperature."
    )
    production_ps: float = Field(
        default=10.0, gt=0, description="Time that is measured, per temperature."
    )
    blocks: int = Field(default=4, ge=2, description="Blocks that errors come from.")
    checkpoint_dir: str | None = Field(
        default=None, description="Folder of the states of unfinished runs; none keeps none."
    )
    checkpoint_ps: float = Field(default=1.0, gt=0, description="Time between two states.")


class ForceFieldBarrierOptions(ForceFieldOptions):
    """Migration barrier of a Li vacancy from a nudged elastic band."""

    price: float = Field(default=0.1, ge=0, description="Cost of one query, in experiments.")
    dimension: Literal[1, 2, 3] = Field(
        default=3, description="In how many dimensions the path percolates."
    )
    min_length: float = Field(
        default=8.0, gt=0, description="Least width of the supercell, Angstrom."
    )
    images: int = Field(default=5, ge=1, description="Images between the ends.")
    band_fmax: float = Field(
        default=0.05, gt=0, description="The band is relaxed below this force, eV/Angstrom."
    )
    initial_path: Literal["landscape", "idpp"] = Field(
        default="landscape", description="Where the band starts."
    )
