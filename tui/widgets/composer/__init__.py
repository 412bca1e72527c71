"""Composer: the input bar with its attachments, history and completion."""
