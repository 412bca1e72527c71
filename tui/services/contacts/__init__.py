"""Contacts: the list, the names that are shown, and how namesakes are told apart."""
