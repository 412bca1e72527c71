"""HTTP: the transport, its limits and deadlines, cookies, and the environment's proxies and certificates."""
