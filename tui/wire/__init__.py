"""The Web WeChat protocol without any I/O: builds requests, reads answers, knows no clock and no socket."""
