"""A local server that speaks the Web WeChat protocol, for the demo, the tests and the curious. Loopback only."""
