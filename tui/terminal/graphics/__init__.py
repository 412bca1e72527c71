"""Pictures in the terminal: which way they go, their cells, and the bytes of images."""
