"""What a campaign found, told from its journal: key numbers, best candidates, one HTML file."""
