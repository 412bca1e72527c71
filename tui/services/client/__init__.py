"""Client of one logged-in profile: opening it, its login and sync under a supervisor, and the events of that."""
