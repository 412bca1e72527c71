"""File browser: the panes of the file picker."""
