"""File picker: what is chosen, checked and sent."""
