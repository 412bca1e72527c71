"""Text input: the text and its caret, fields of one and of several lines."""
