"""Base of all widgets: the canvas, styles, strips, panels and pages."""
