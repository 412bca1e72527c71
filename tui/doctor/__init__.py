"""Probes behind `wxtui doctor`: this machine, the network, the terminal; each yields findings."""
