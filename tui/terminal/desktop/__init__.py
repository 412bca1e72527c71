"""Programs of the desktop: what opens a file, plays a voice message and has the clipboard."""
