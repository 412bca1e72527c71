"""Calls about people and groups: fetching them, and the changes that the service watches."""
