"""Generative flow networks that build crystals: composition, space group, lattice, oracle."""
