"""Chat without a screen, over which the actions of the chat screen run as they are."""
