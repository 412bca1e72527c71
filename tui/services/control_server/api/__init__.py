"""API of the control socket, for programs of others: one JSON object a line (see API.md beside this folder)."""
