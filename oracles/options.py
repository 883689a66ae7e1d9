"""Options of the oracles. Prices are in units of one experiment.

The defaults are relative efforts, not measured times: synthesising and measuring one electrolyte
takes days, a calculation on its known structure takes the minute of a person who looks at it.
"""

from pydantic import Field

from discovery.options import Options

_MAX_SITES = 1000


class TableOptions(Options):
    """Look-up of measured values."""

    price: float = Field(default=1.0, ge=0, description="Cost of one query: one experiment.")


class SendekOptions(Options):
    """Logistic model of superionic conduction (Sendek et al. 2017)."""

    price: float = Field(default=0.01, ge=0, description="Cost of one query, in experiments.")
    max_sites: int = Field(
        default=_MAX_SITES, ge=1, description="Structures with more sites are refused."
    )


class BondValenceOptions(Options):
    """Mismatch of bond valence sum and oxidation state of Li."""

    price: float = Field(default=0.02, ge=0, description="Cost of one query, in experiments.")
    max_sites: int = Field(
        default=_MAX_SITES, ge=1, description="Structures with more sites are refused."
    )


class EwaldOptions(Options):
    """Electrostatic site energy of Li."""

    price: float = Field(default=0.02, ge=0, description="Cost of one query, in experiments.")
    max_sites: int = Field(
        default=_MAX_SITES, ge=1, description="Structures with more sites are refused."
    )


OPTIONS: dict[str, type[Options]] = {
    "table": TableOptions,
    "sendek": SendekOptions,
    "bond_valence": BondValenceOptions,
    "ewald": EwaldOptions,
}
