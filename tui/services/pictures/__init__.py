"""Pictures: of messages and files, decoded in a child process, as pixels that a terminal can be given."""
