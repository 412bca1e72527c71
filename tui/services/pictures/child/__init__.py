"""Child process that decodes: the only place where Pillow is imported, and where a stranger's picture is read."""
