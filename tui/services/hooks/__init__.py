"""Hooks: commands of the person that are run with what happened, as JSON on their standard input."""
