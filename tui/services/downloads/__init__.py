"""Downloads: what a message carries, onto this disk under a safe name."""
