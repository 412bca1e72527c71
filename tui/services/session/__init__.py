"""Session: logging in, its credentials on disk, and the lock of its one owner."""
