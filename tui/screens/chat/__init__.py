"""Chat screen: conversations, messages, the input bar."""
