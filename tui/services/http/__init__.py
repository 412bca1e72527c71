"""HTTP without the protocol: limits, deadlines, bodies, cookies, and what the environment says about the way out."""
