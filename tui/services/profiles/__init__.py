"""Profiles as a whole: listing, exporting, importing and removing one."""
