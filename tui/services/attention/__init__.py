"""Attention: what a message deserves, decided in one place; mutes that end, quiet hours, the bell."""
