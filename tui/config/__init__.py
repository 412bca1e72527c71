"""Settings of a person: read from `config.toml` and the environment, and changed there."""
