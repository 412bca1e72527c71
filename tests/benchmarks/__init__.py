"""Benchmarks: scripts with a command line each, run by hand; README.md says what they measure and how to read them."""
