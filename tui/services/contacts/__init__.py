"""Contacts: who is there, and how namesakes are told apart."""
