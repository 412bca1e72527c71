"""Commands about people: friend requests, remarks, pins, groups."""
