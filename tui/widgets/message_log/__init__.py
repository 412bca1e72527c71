"""Message log of one conversation: its lines, window, selection and drawing."""
