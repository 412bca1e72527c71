"""Uploads: one file from its path to its message, in parts, over breaks and restarts."""
