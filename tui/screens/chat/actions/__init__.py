"""Actions of the chat screen, by the ids of `tui.commands`."""
