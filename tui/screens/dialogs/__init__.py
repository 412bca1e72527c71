"""Screens over the chat: questions, finders, details, help, search, uploads."""
