"""Mistakes of the calling code, never of a person or a disk: nobody is meant to catch these."""

from __future__ import annotations


class StoreClosed(RuntimeError):
    """The store was used after `close`."""


class NoLogin(LookupError):
    """Something that belongs to a login was asked of a store that has seen none."""


class NoSuchRow(LookupError):
    """An id that this store never gave out."""
