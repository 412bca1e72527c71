"""Actions on files of messages, and on what the clipboard has: saved, opened, pasted."""
