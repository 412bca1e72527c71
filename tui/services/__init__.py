"""Everything that waits: the HTTP transport, the session, the sync loop, chat and uploads."""
