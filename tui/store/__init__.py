"""Messages, contacts and drafts, which survive a restart: one SQLite file a profile, and the stream of its changes."""
