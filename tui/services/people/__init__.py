"""Friend requests, remarks, pins and groups: what one changes about people, in WeChat and for others to see."""
