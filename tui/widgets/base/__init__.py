"""What every widget may use."""
