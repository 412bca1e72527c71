"""World of the sandbox: people, groups, their messages and media."""
