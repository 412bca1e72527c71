"""Folders and large files on their way out: walked, packed into one archive, cut into parts. Nothing here sends."""
