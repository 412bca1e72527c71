"""Login screen and the state that it shows."""
