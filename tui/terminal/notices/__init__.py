"""Bell, desktop notification and title of the window: how a person is told although they look elsewhere."""
