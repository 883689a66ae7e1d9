"""Formulas, structures, symmetry and the physics kernels; import from the modules themselves."""
