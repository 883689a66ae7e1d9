"""Ranges that options of several oracles share: beyond them memory, time or sense runs out."""

from typing import Annotated, TypeAlias

from pydantic import Field

Price: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""In units of one experiment."""

Sites: TypeAlias = Annotated[int, Field(ge=1, le=5000)]
"""Of a structure as published; tables of all pairs of 5000 sites take 200 MB each."""

Atoms: TypeAlias = Annotated[int, Field(ge=1, le=5000)]
"""Of an ordered cell; its Ewald matrix is such a table."""

Representatives: TypeAlias = Annotated[int, Field(ge=1, le=64)]
"""With 64 of them, the standard error is an eighth of their spread."""

Resolution: TypeAlias = Annotated[float, Field(ge=0.05, le=0.5)]
"""Angstrom. Half of the finest one takes eight times the memory and moves no level by 1 meV; on a
coarser grid than 0.5 narrow passages close."""

Temperature: TypeAlias = Annotated[float, Field(ge=10, le=10_000)]
"""K."""

Force: TypeAlias = Annotated[float, Field(ge=1e-6, le=1)]
"""eV/Angstrom, that is left in something relaxed."""

Steps: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]
"""Of a relaxation."""

Width: TypeAlias = Annotated[float, Field(gt=0, le=60)]
"""Angstrom, of a supercell."""
