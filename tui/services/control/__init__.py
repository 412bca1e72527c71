"""Control, the client's side: commands that go through the running wxtui over its Unix socket."""
