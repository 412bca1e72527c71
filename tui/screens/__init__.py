"""One screen a file: what is on it, and what its keys do."""
