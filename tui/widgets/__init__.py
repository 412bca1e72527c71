"""Widgets: each draws, reads at most the store, and posts upwards what a person wants. They know no URL."""
