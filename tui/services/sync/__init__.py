"""Sync: the loop that waits for news and stores them with their key."""
