"""Sentences about remarks, pins, friend requests and reading everything: the command line and the full screen say them.

Names and texts are strangers': each is made safe for a terminal here.
"""

from __future__ import annotations

from tui.i18n import _, counted
from tui.wire.text import printable


def remark_set(name: str, remark: str, *, changed: bool) -> str:
    """Return what came of setting a remark; "" took it away. Not `changed`: it was so before."""
    if not changed:
        sentence = _("{name} has this remark already.") if remark else _("{name} has no remark.")
    elif remark:
        sentence = _("{name} is now shown as {remark}.")
    else:
        sentence = _("Removed the remark of {name}.")
    return sentence.format(name=_plain(name), remark=_plain(remark))


def pin_set(name: str, *, pinned: bool, changed: bool) -> str:
    """Return what came of pinning a conversation, or unpinning it. Not `changed`: it was so before."""
    if pinned:
        sentence = _("Pinned: {name}.") if changed else _("{name} is pinned already.")
    else:
        sentence = _("Unpinned: {name}.") if changed else _("{name} is not pinned.")
    return sentence.format(name=_plain(name))


def request_accepted(name: str) -> str:
    """Return what is said when a friend request was accepted."""
    return _("“{name}” is your contact now.").format(name=_plain(name))


def request_ignored(name: str) -> str:
    """Return what is said when a friend request was put aside."""
    return _("Ignored the friend request of “{name}”.").format(name=_plain(name))


def marked_read(name: str) -> str:
    """Return what is said when a conversation was marked as read."""
    return _("Marked as read: {name}.").format(name=_plain(name))


def reading_stopped(done: int) -> str:
    """Return how far marking everything as read has come when a person stops it."""
    return counted("Stopped: {count} is read.", "Stopped: {count} are read.", done)


def nothing_unread() -> str:
    """Return what is said when there is nothing to mark as read."""
    return _("Everything is read already.")


def _plain(text: str) -> str:
    return printable(text, newlines=False)
