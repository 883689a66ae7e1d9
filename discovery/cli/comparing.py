"""From what ``discovery agree`` is told to a study of it."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from discovery import __version__
from discovery.errors import ConfigError, InvalidInputError, suggest
from discovery.options import TAG

if TYPE_CHECKING:
    from discovery.agreement.study import Study
    from discovery.protocols import Oracle
    from discovery.types import BoolArray, Candidate, Dataset, Observation

_EXPERIMENT: Final = "experiment"
"""Name of the column that the labels of a data set make."""

_CONDUCTIVITY: Final = "log10_sigma"


def candidates_of(sources: Sequence[str], data_dir: Path | None) -> "Dataset":
    """Return one data set of all that is named: a data set or a table, or any number of CIF files.

    A CIF file that cannot be read is told on standard error and left out.

    Raises:
        InvalidInputError: A data set is mixed with others, or there is no candidate.
    """
    from discovery.cli.sources import cif_files, load_named, read
    from discovery.types import Dataset

    named = [load_named(source, data_dir) for source in sources]
    if len(named) == 1 and named[0] is not None:
        return named[0]
    if any(dataset is not None for dataset in named):
        raise InvalidInputError("compare on one data set or table, or on CIF files, not on a mix")
    files = [file for source in sources for file in cif_files(Path(source))]
    found: dict[str, Candidate] = {}
    for file in files:
        candidate = read(file)
        if isinstance(candidate, str):
            typer.echo(f"left out: {file}: {candidate}", err=True)
        else:
            found.setdefault(candidate.id, candidate)
    if not found:
        raise InvalidInputError(f"none of {len(files)} CIF files can be read")
    remarks = [f"{len(files) - len(found)} of {len(files)} files unreadable or of the same crystal"]
    return Dataset(
        name=", ".join(Path(source).name for source in sources),
        candidates=tuple(found.values()),
        labels={},
        remarks=remarks if len(found) < len(files) else (),
    )


def oracles_of(texts: Sequence[str], file: Path | None) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return what the report calls each oracle -> its name and options.

    Raises:
        InvalidInputError: Two oracles have one name, or options are no JSON object.
        ConfigError: The file is no YAML, or an entry is no section of options.
    """
    from discovery import config
    from discovery.cli.sources import named_options

    given = [named_options(text) for text in texts]
    for label, section in (config.load(file) if file is not None else {}).items():
        if not isinstance(section, dict):
            raise ConfigError(str(file), [f"{label}: expected options, e.g. {{{TAG}: sendek}}"])
        given.append((str(label), section))
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for label, options in given:
        if label in found or label == _EXPERIMENT:
            raise InvalidInputError(
                f"two columns would be called {label!r}; call one otherwise, for example "
                f'{label}_2={{"{TAG}": "{label}"}}'
            )
        rest = {key: value for key, value in options.items() if key != TAG}
        found[label] = (str(options.get(TAG, label)), rest)
    return found


def listed(file: Path, candidates: "Sequence[Candidate]") -> "BoolArray":
    """Return (n,) whether the composition of each candidate stands in a file of formulas.

    Raises:
        InvalidInputError: The file cannot be read, or a line is no formula.
    """
    import numpy as np

    from discovery.agreement.clusters import composition_key
    from discovery.chemistry.formula import candidate_from_formula

    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read {file}: {error}") from None
    keys = set()
    for number, line in enumerate(lines, 1):
        formula = line.partition("#")[0].strip()
        if formula:
            try:
                keys.add(composition_key(candidate_from_formula(formula)))
            except InvalidInputError as error:
                raise InvalidInputError(f"{file}, line {number}: {error}") from None
    return np.array([composition_key(candidate) in keys for candidate in candidates])


def compared(
    pool: "Dataset",
    oracles: "Mapping[str, tuple[str, Oracle]]",
    *,
    truth: str | None,
    threshold: float | None,
    listed: "BoolArray | None",
    group: str,
    seed: int,
    workers: int,
    quiet: bool,
) -> "Study":
    """Ask the oracles about all candidates and compare what they say.

    Raises:
        InvalidInputError: There are fewer than two columns, or none has the name of the truth.
    """
    from discovery.agreement.clusters import clusters
    from discovery.agreement.columns import column
    from discovery.agreement.comparison import Judge, compare
    from discovery.agreement.study import Study, coverage
    from discovery.report.summary import FAST

    known = [_EXPERIMENT] if pool.labels else []
    names = [*known, *oracles]
    if len(names) < 2:  # noqa: PLR2004 - it takes two to agree
        raise InvalidInputError(
            f"nothing to compare: only {names or 'no column'}; name oracles with --oracle"
        )
    if truth is not None and truth not in names:
        raise InvalidInputError(f"no column {truth!r} to be the truth; {suggest(truth, names)}")
    answers = asked(pool.candidates, oracles, seed=seed, workers=workers, quiet=quiet)
    labels = [pool.labels.get(candidate.id) for candidate in pool.candidates]
    columns = [
        *(column(name, pool.property, pool.unit, labels) for name in known),
        *(
            column(name, oracle.property, oracle.unit, answers[name])
            for name, (_, oracle) in oracles.items()
        ),
    ]
    true = next((each for each in columns if each.name == (truth or _EXPERIMENT)), None)
    if threshold is None and true is not None and true.quantity == _CONDUCTIVITY:
        threshold = FAST
    origin = pool.groups.get(group, {})
    related = clusters(pool.candidates, origin)
    return Study(
        title=pool.name,
        candidates=pool.candidates,
        columns=tuple(columns),
        coverage=tuple(coverage(each, answers.get(each.name, ())) for each in columns),
        comparison=compare(
            columns,
            Judge(seed, related),
            truth=None if true is None else true.name,
            threshold=threshold,
            listed=listed,
        ),
        command=shlex.join(["discovery", *sys.argv[1:]]),
        version=__version__,
        seed=seed,
        related="candidates of one composition" + (f" or one {group}" if origin else ""),
        clusters=int(related.max()) + 1,
        listed=0 if listed is None else int(listed.sum()),
        remarks=pool.remarks,
        citation=pool.citation,
    )


def asked(
    candidates: "Sequence[Candidate]",
    oracles: "Mapping[str, tuple[str, Oracle]]",
    *,
    seed: int,
    workers: int,
    quiet: bool,
) -> "dict[str, list[Observation]]":
    """Return what each oracle says about each candidate, in order."""
    from discovery.cli.progress import counting
    from discovery.labelling import Labeller

    answers: dict[str, list[Observation]] = {name: [] for name in oracles}
    if not oracles:
        return answers
    with (
        Labeller(oracles, seed=seed, workers=workers) as labeller,
        counting("labels", len(candidates) * len(oracles), quiet=quiet) as done,
    ):
        for observation in labeller.label(candidates):
            answers[observation.query.fidelity].append(observation)
            done()
    return answers
