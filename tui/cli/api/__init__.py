"""Commands for programs of others: the API of the control socket, and how things stand in a line."""
