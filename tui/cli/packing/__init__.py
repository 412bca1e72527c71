"""Folders and large files of a command line: options, what is sent for them, and a line that says how far it is."""
