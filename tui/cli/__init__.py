"""The scriptable face: parses the command line, calls a service, prints."""
