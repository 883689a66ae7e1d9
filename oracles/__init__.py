"""Oracles answer queries at a price: a measured table, and physics of a crystal structure."""

CATALOGUE: dict[str, str] = {
    "table": "oracles.table:TableOracle",
    "sendek": "oracles.sendek:SendekOracle",
    "bond_valence": "oracles.bond_valence:BondValenceOracle",
    "ewald": "oracles.ewald:EwaldOracle",
}
