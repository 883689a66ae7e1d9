"""How an ion moves through a crystal: energy landscapes, percolation, hopping networks, diffusion."""
