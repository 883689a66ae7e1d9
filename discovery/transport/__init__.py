"""How an ion moves: energy landscapes, percolation, hopping networks, diffusion."""
