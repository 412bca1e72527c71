"""Queries and changes: a module for each table, or for a rule about rows."""
