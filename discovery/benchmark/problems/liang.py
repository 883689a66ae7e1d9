"""Five measured tables of materials optimisation (Liang et al. 2021)."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from discovery.benchmark.problems.frames import Sense, problem_of, read_frame
from discovery.benchmark.problems.problem import Problem
from discovery.datasets.fetch import RemoteFile, fetch
from discovery.errors import UnknownNameError

CITATION: Final = (
    "Q. Liang et al., Benchmarking the performance of Bayesian optimization across multiple "
    "experimental materials science domains, npj Comput. Mater. 7, 188 (2021), "
    "doi 10.1038/s41524-021-00656-9; tables from PV-Lab/Benchmarking, MIT licence"
)
TOP_SHARE: Final = 0.05
"""Share of the candidates that the paper calls top."""

_RELEASE: Final = (
    "https://raw.githubusercontent.com/PV-Lab/Benchmarking/"
    "7585c517ad88e676c42c6bf24a8ad278e01ddb21/datasets/"
)

Table: TypeAlias = Literal["crossed_barrel", "p3ht", "agnp", "autoam", "perovskite"]


@dataclass(frozen=True)
class Published:
    """One of the tables.

    Args:
        title: Of the problem.
        file: Where it is.
        objective: Column of the objective.
        sense: In the paper, and in the authors' code.
        anchor: Acceleration factor AF(80 %) of a simple Gaussian process with an upper confidence
            bound, two initial points, mean of 20 seeds: what a benchmark should at least reach.
        unit: Of the objective.
    """

    title: str
    file: RemoteFile
    objective: str
    sense: Sense
    anchor: float
    unit: str = ""


def _file(name: str, sha256: str) -> RemoteFile:
    return RemoteFile(_RELEASE + quote(name), sha256, name.replace(" ", "_"), "liang2021")


TABLES: Final[dict[str, Published]] = {
    "crossed_barrel": Published(
        "Crossed barrel",
        _file(
            "Crossed barrel_dataset.csv",
            "2c01f875f3c210e986ca6142bf20f417884c2ad7d6f008c2fc574b44a3d5f606",
        ),
        "toughness",
        "maximise",
        3.04,
    ),
    "p3ht": Published(
        "P3HT",
        _file(
            "P3HT_dataset.csv", "db33eeb63e3f09ebeb3c1985c14b39e4284668b3ed1fc6a23d17998c21a45dde"
        ),
        "Conductivity (measured) (S/cm)",
        "maximise",
        3.10,
        "S/cm",
    ),
    "agnp": Published(
        "AgNP",
        _file(
            "AgNP_dataset.csv", "d25ec6fbb178bbb1b58350ff1c933034b409cdced4f9b20f7d7be61ffaed0d08"
        ),
        "loss",
        "minimise",
        4.52,
    ),
    "autoam": Published(
        "AutoAM",
        _file(
            "AutoAM_dataset.csv",
            "01ec270fcaae908ff8bea85b420c4cc7c4b0cddff6f6e63fe1b156082fd266b6",
        ),
        "Score",
        "maximise",
        1.60,
    ),
    "perovskite": Published(
        "Perovskite",
        _file(
            "Perovskite_dataset.csv",
            "9e9c5c2c698902ae17ba5e8f037c7f10d5889c02a419fe3897e4724f805263b9",
        ),
        "Instability index",
        "minimise",
        1.67,
    ),
}
"""Name -> table."""
ANCHORS: Final = {published.title: published.anchor for published in TABLES.values()}
"""Title of a problem -> its anchor."""


class LiangProblem:
    """Loads one of the tables; rows of the same inputs are repeats and are averaged.

    (The authors' notebooks average the *different* values of a group; on these tables that gives
    the same numbers.)

    Args:
        table: ``crossed_barrel`` (600 candidates), ``p3ht`` (178), ``agnp`` (164), ``autoam``
            (100) or ``perovskite`` (94).
        data_dir: Folder of the published files; by default they are found or downloaded, see
            :func:`discovery.datasets.fetch.fetch`.

    Raises:
        UnknownNameError: There is no such table.
    """

    def __init__(self, table: Table, *, data_dir: str | None = None) -> None:
        if table not in TABLES:
            raise UnknownNameError("table of Liang et al.", table, TABLES)
        self.table = table
        self.data_dir = data_dir

    def load(self) -> Problem:
        """Return the problem.

        Raises:
            DatasetError: The file is missing.
            ChecksumError: It is not the published one.
        """
        published = TABLES[self.table]
        path = fetch(published.file, self.data_dir)
        return problem_of(
            read_frame(path),
            source=published.file.name,
            name=published.title,
            objective=published.objective,
            sense=published.sense,
            duplicates="mean",
            unit=published.unit,
            citation=CITATION,
        )
