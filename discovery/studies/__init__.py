"""Published studies done again, and ours beside them, one command each."""
