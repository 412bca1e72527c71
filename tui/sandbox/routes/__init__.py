"""Routes of the protocol, one module for each group of calls."""
