"""Oracles on a force field: relaxed energies, migration barriers and molecular dynamics."""
