"""Pictures of a conversation, each on the whole screen."""
