"""Many models on one table: which of them, and are they better than guessing."""
