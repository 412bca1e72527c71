"""Sessions of the sandbox: login on the phone, the stream of news, uploads."""
