"""A picture on the screen: its cells, and the frames of one that moves."""
