"""Command line: parses it, calls a service, prints."""
