"""Client of one logged-in profile: how it is opened, supervised, and what arrives for it."""
