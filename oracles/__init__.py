"""Oracles answer queries at a price: a measured table, and physics of a crystal structure."""

CATALOGUE: dict[str, str] = {
    "table": "oracles.table:TableOracle",
    "sendek": "oracles.sendek:SendekOracle",
    "bond_valence": "oracles.bond_valence:BondValenceOracle",
    "ewald": "oracles.ewald:EwaldOracle",
    "site_energy": "oracles.site_energy:SiteEnergyOracle",
    "softbv_kmc": "oracles.kmc:SoftBVKMCOracle",
    "dft": "oracles.dft:DftOracle",
    "stability_window": "oracles.stability:StabilityOracle",
    "force_field": "oracles.force_field.energy:ForceFieldEnergyOracle",
    "force_field_md": "oracles.force_field.molecular_dynamics:ForceFieldDynamicsOracle",
    "force_field_neb": "oracles.force_field.migration:ForceFieldBarrierOracle",
    "cached": "oracles.wrappers.cached:CachedOracle",
    "noisy": "oracles.wrappers.noisy:NoisyOracle",
    "arrhenius": "oracles.wrappers.arrhenius:ArrheniusOracle",
    "costed": "oracles.wrappers.costed:CostedOracle",
    "time_limited": "oracles.wrappers.time_limited:TimeLimitedOracle",
}
