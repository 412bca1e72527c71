"""SQLite: the connection and its thread, opening, schema, transactions, integrity."""
