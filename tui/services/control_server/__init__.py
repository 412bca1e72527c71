"""Control, the owner's side: what other shells ask of the running wxtui."""
