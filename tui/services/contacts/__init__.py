"""Contacts: who is there, their names, and how namesakes are told apart."""
