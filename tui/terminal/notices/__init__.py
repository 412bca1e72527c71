"""What a person is told although they look elsewhere: bell, desktop notification, title of the window."""
