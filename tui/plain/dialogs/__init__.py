"""Dialogs of the full screen, asked in lines."""
