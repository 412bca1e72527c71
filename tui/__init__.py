"""wxtui: WeChat in a terminal, full-screen and scriptable, on one service layer."""

__version__ = "0.1.0"
