"""Tables: one module for each, with its questions and changes."""
