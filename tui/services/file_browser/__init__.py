"""Folders as the file picker reads them: entries, previews, bookmarks."""
