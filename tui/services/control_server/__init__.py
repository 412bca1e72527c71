"""Control socket, the owner's side: takes requests of other shells to the running wxtui."""
