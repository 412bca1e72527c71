"""The terminal besides widgets: bytes that come in, cells that change, the clipboard, bells."""
