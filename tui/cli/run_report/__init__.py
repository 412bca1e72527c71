"""Report about a command that `wxtui run` ran: what is in it, what of it looks like a secret, how it is sent."""
