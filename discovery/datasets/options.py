"""Options of the data sets, as written in a configuration file."""

from typing import Literal

from pydantic import Field

from discovery.options import Options


class ReferenceOptions(Options):
    """The embedded reference electrolytes have no options."""


class ObelixOptions(Options):
    """Options of OBELiX."""

    data_dir: str | None = Field(
        default=None,
        description="Folder with all.csv, test.csv and all_cifs.tar.gz, or its parent; by default "
        "DISCOVERY_DATA, then the cache, then a download.",
    )
    split: Literal["all", "train", "test"] = Field(
        default="all", description="Rows of the official split."
    )
    structures: bool = Field(default=True, description="Whether to attach the published CIFs.")


class MaterialsProjectOptions(Options):
    """Options of the Materials Project pool; its key is the environment variable MP_API_KEY."""

    elements: tuple[str, ...] = Field(
        default=("Li",), min_length=1, description="Elements that every material contains."
    )
    exclude_elements: tuple[str, ...] = Field(
        default=(), description="Elements that no material contains."
    )
    max_energy_above_hull: float = Field(
        default=0.05, ge=0, description="Energy above the convex hull in eV per atom, at most."
    )
    max_sites: int | None = Field(
        default=None, ge=1, description="Sites in the primitive cell, at most."
    )
    theoretical: bool | None = Field(
        default=None, description="False for experimentally known materials only, true for others."
    )
    limit: int | None = Field(default=None, ge=1, description="Number of materials, at most.")


class TableOptions(Options):
    """Options of a user's own table."""

    path: str = Field(description="CSV or parquet file, one material per row.")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Role -> column. Roles: formula, sigma, standard_error, space_group, z, a, b, "
        "c, alpha, beta, gamma, id, name. A role not mentioned is read from a column of its own "
        "name, where there is one.",
    )
    descriptors: tuple[str, ...] = Field(
        default=(),
        description="Columns of numbers that are known before any measurement, e.g. sintering "
        "temperature; the proxies points_gp and points_forest learn from them. With descriptors a "
        "table needs no formula.",
    )
    groups: tuple[str, ...] = Field(
        default=(), description="Columns that name where a row comes from, e.g. doi."
    )
    cif_dir: str | None = Field(
        default=None, description="Folder with <id>.cif for rows that have a structure."
    )
    log10: bool = Field(default=False, description="Whether sigma is already a decimal logarithm.")
    unit: Literal["S/cm", "mS/cm", "S/m"] = Field(default="S/cm", description="Unit of sigma.")
    duplicates: Literal["error", "mean"] = Field(
        default="error",
        description="What to do with rows of one material that report different values.",
    )


OPTIONS: dict[str, type[Options]] = {
    "reference": ReferenceOptions,
    "obelix": ObelixOptions,
    "materials_project": MaterialsProjectOptions,
    "table": TableOptions,
}
