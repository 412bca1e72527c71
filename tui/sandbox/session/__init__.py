"""State of the sandbox: logins on the phone, streams of news, uploads, faults, and the people who answer."""
