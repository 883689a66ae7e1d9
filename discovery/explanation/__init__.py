"""What a fitted model looks at, and what its data look like."""
