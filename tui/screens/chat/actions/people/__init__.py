"""Actions on people and groups."""
