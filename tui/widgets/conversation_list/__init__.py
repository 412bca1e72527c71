"""Conversation list beside the messages."""
