"""Options of the problems, as written in a suite."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from discovery.options import Options, Section

Cost = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Folder = Annotated[
    str | None,
    Field(
        description="Folder of the published files, or its parent; by default DISCOVERY_DATA, "
        "then the cache, then a download."
    ),
]


class LiangOptions(Options):
    """One of five measured tables (Liang et al. 2021)."""

    table: Literal["crossed_barrel", "p3ht", "agnp", "autoam", "perovskite"] = Field(
        description="Which of the five."
    )
    data_dir: Folder = None


class CofsOptions(Options):
    """Selectivity of 608 covalent organic frameworks at two fidelities."""

    cost: Cost = Field(default=0.065, description="Of a cheap answer, in dear ones.")
    r_squared: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Squared correlation of the fidelities, made lower by noise; default: as "
        "published, 0.96.",
    )
    seed: int = Field(default=0, ge=0, description="Of the noise.")
    data_dir: Folder = None


class CrystalOptions(Options):
    """A data set of crystals, with oracles as cheap fidelities."""

    dataset: Annotated[Any, Section("dataset")] = Field(
        description="Its labels are the target fidelity."
    )
    cost: Cost = Field(default=1.0, description="Of a target measurement.")
    cheap: dict[str, Cost] = Field(
        default_factory=dict,
        description="Oracles by name and what they cost, e.g. {sendek: 0.01, bond_valence: 0.02}; "
        "they answer with their default options and are remembered on disk.",
    )
    stage: Literal["composition", "geometry", "physics"] = Field(
        default="geometry", description="Of the features of strategies that know no crystals."
    )
    group: str | None = Field(
        default=None, description="Column of the data set that groups candidates, e.g. family."
    )


class AnalyticOptions(Options):
    """A test function on a fixed pool of points."""

    function: Literal["branin", "hartmann6"] = Field(description="Which function.")
    points: int = Field(default=1024, ge=8, le=2**20, description="Size of the pool.")
    seed: int = Field(default=0, ge=0, description="Of the pool.")
    cost: Cost = Field(default=1.0, description="Of the function itself.")
    cheap: dict[float, Cost] = Field(
        default_factory=dict,
        description="Levels of approximation, 0 to less than 1, and what they cost, e.g. "
        "{0.5: 0.1}; 1 is the function itself.",
    )


class TableOptions(Options):
    """A table of your own."""

    path: str = Field(description="CSV or parquet file, one candidate per row.")
    objective: str = Field(description="Column of the target; <1.5 or >1.5 is a bound.")
    sense: Literal["maximise", "minimise"] = Field(description="What is better.")
    cost: Cost = Field(default=1.0, description="Of an answer at the target.")
    fidelities: dict[str, Cost | None] = Field(
        default_factory=dict,
        description="Columns of cheaper answers and what these cost, e.g. {simulated: 0.1}.",
    )
    features: tuple[str, ...] = Field(
        default=(), description="Numeric columns that are known beforehand; default: all others."
    )
    duplicates: Literal["error", "mean", "median", "keep"] = Field(
        default="error",
        description="What to do with rows of the same features and different answers: an error, "
        "one candidate with the mean or median, or a candidate each.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fidelities_have_costs(cls, data: Any) -> Any:  # noqa: ANN401 - before validation
        """A list of columns is what people write who forget the costs; the loader tells them."""
        named = data.get("fidelities") if isinstance(data, dict) else None
        if isinstance(named, list) and all(isinstance(column, str) for column in named):
            return {**data, "fidelities": dict.fromkeys(named)}
        return data


OPTIONS: dict[str, type[Options]] = {
    "liang": LiangOptions,
    "cofs": CofsOptions,
    "crystals": CrystalOptions,
    "analytic": AnalyticOptions,
    "table": TableOptions,
}
