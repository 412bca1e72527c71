"""Commands about this installation: settings, profiles, the systemd service."""
