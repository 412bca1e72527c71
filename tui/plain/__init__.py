"""Line-oriented client: the full screen's commands at a prompt, for screen readers and plain terminals."""
