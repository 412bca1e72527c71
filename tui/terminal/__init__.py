"""What is said to the terminal besides widgets: changed cells, the cursor, the clipboard, bells."""
