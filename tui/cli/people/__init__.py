"""Commands about people: friend requests, remarks, pins, notifications, groups."""
