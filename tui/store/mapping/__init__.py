"""Turning rows into values and values into columns."""
