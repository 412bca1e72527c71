"""Rows as values and back."""
