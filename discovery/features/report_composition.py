"""What the report on 599 lithium conductors knew from a formula: stage 0, without its flag.

Element vectors come with the package ElementEmbeddings (A. Onwuli et al., Digit. Discov. 2, 1558
(2023)): Magpie (L. Ward et al., npj Comput. Mater. 2, 16028 (2016)), mat2vec (V. Tshitoyan et al.,
Nature 571, 95 (2019)), MEGNet (C. Chen et al., Chem. Mater. 31, 3564 (2019)). The 129th feature of
the report, whether a conductivity was given as a bound, is made from the label and so is none of a
candidate: see :mod:`discovery.studies.obelix`.
"""

import csv
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from discovery.errors import UnknownNameError
from discovery.types import Candidate, FloatArray

Embedding: TypeAlias = Literal["magpie", "mat2vec", "megnet16"]
EMBEDDINGS: Final[tuple[Embedding, ...]] = get_args(Embedding)

_ANIONS: Final = frozenset({"N", "O", "F", "P", "S", "Cl", "Se", "Br", "Te", "I"})
_FILES: Final[dict[Embedding, str]] = {
    "magpie": "magpie.csv",
    "mat2vec": "mat2vec.csv",
    "megnet16": "megnet16.json",
}
_HEAVIEST: Final = 103  # lawrencium, where SMACT's vector ends


def stage_0(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return the composition as 128 named columns, each (n,): 3 ratios, 103 fractions, 22 Magpie.

    ``ratio_li`` and ``ratio_anion`` are atomic fractions (N, P, chalcogens and halogens count as
    anions, whatever their charge), ``elements`` is the number of elements, ``fraction_X`` the
    atomic fraction of an element, ``magpie_emb_k`` the mean over the atoms of the k-th entry of
    the Magpie vector.
    """
    return ratios(candidates) | fractions(candidates) | embedding(candidates, "magpie")


def ratios(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return the atomic fraction of Li, that of anions, and the number of elements."""
    found = [candidate.fractions for candidate in candidates]
    return {
        "ratio_li": np.array([x.get("Li", 0.0) for x in found]),
        "ratio_anion": np.array([sum(x[e] for e in x if e in _ANIONS) for x in found]),
        "elements": np.array([float(len(x)) for x in found]),
    }


def fractions(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return the atomic fraction of each of the first 103 elements."""
    matrix = _matrix(candidates)
    return {f"fraction_{symbol}": matrix[:, k] for k, symbol in enumerate(_symbols())}


def embedding(candidates: Sequence[Candidate], name: Embedding) -> dict[str, FloatArray]:
    """Return the mean element vector of each candidate: 22, 200 or 16 columns.

    NaN where the embedding has no vector of one of the elements.

    Raises:
        UnknownNameError: There is no such embedding.
    """
    if name not in EMBEDDINGS:
        raise UnknownNameError("element embedding", name, EMBEDDINGS)
    vectors = _vectors(name)
    size = len(next(iter(vectors.values())))
    unknown = np.full(size, np.nan)
    # element by element: boosted trees split between values that differ in their last digit alone,
    # as those of a matrix product do for one composition in different company
    means = [
        sum(x * vectors.get(symbol, unknown) for symbol, x in candidate.fractions.items())
        for candidate in candidates
    ]
    columns = np.array(means).reshape(len(candidates), size)
    return {f"{name}_emb_{k}": columns[:, k] for k in range(size)}


def _matrix(candidates: Sequence[Candidate]) -> FloatArray:
    """(n, 103) atomic fractions; heavier elements have no column."""
    place = {symbol: k for k, symbol in enumerate(_symbols())}
    matrix = np.zeros((len(candidates), _HEAVIEST))
    for row, candidate in enumerate(candidates):
        for symbol, fraction in candidate.fractions.items():
            if symbol in place:
                matrix[row, place[symbol]] = fraction
    return matrix


@cache
def _symbols() -> tuple[str, ...]:
    from pymatgen.core.periodic_table import Element  # noqa: PLC0415 - heavy

    return tuple(Element.from_Z(number).symbol for number in range(1, _HEAVIEST + 1))


@cache
def _vectors(name: Embedding) -> dict[str, FloatArray]:
    """Symbol -> vector. The package's own reader imports a plotting library."""
    file = _FILES[name]
    path = resources.files("elementembeddings") / "data" / "element_representations" / file
    text = path.read_text(encoding="utf-8")
    if file.endswith(".json"):
        return {symbol: np.array(vector) for symbol, vector in json.loads(text).items()}
    rows = list(csv.reader(text.splitlines()))[1:]
    return {symbol: np.array(entries, dtype=float) for symbol, *entries in rows}
