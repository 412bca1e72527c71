"""The chat screen as it was, kept in the profile, and shown at the next start before anything heavy is imported."""
