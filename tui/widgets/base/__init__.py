"""Tools that every widget may use."""
