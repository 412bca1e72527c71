"""Choosing one of many: by a few letters, from a menu, from a list."""
