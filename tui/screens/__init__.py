"""Screens and dialogs, one a module; what they share lies beside them."""
