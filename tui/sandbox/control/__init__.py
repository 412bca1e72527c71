"""Control of the sandbox: the API for tests and people, and faults."""
