"""Sending from the command line, alike for `send`, `forward` and `run`: receivers, rounds, and what is told of them."""
