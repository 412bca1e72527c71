"""Published clients of Web WeChat against the sandbox: what works for them has to go on working."""
