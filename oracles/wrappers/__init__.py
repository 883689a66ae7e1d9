"""Oracles that ask another oracle: remembered, noisy, otherwise priced, or within a time limit."""
