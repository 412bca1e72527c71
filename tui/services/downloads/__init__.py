"""Downloads: the file of a message, onto this disk under a safe name."""
