"""Tools that every service may use."""
