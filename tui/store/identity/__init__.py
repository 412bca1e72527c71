"""Identity: which contact of this login is which of an earlier one."""
