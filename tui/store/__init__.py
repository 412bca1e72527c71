"""What survives a restart: one SQLite file a profile, and the stream of its changes."""
