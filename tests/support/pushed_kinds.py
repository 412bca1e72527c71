"""Every kind that the sandbox can push, and how its line begins."""

from __future__ import annotations

KINDS = {
    "text": "你好",
    "image": "[image]",
    "voice": "[voice",
    "video": "[video",
    "emoticon": "[animated image]",
    "file": "[file]",
    "link": "[link]",
    "card": "[contact card]",
    "location": "[location]",
    "system": "",
    "friend_request": "[friend request]",
    "call": "",
    "red_packet": "[red packet]",
    "quote": ">",
}
