"""Files that look like secrets, by their names and how they begin."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from tui.services.util.secret_patterns import PRIVATE_KEY, tokens

HEAD: Final = 4096
"""Bytes looked at for secrets."""


class SecretKind(Enum):
    """Kind of a secret."""

    PRIVATE_KEY = "private key"
    TOKEN = "token"


_KEY = re.compile(PRIVATE_KEY + rb"|^PuTTY-User-Key-File-|AGE-SECRET-KEY-1")
_KEY_LETTERS = (b"PRIVATE KEY", b"PuTTY-", b"AGE-SECRET-KEY-1")
_KEY_NAMES = re.compile(r"(?i)\Aid_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?\Z|\.(?:p12|pfx|jks|keystore|kdbx|ppk)\Z")
_ASSIGNED = re.compile(
    rb"(?m)^(?:export )?(?=[A-Z0-9_]*?(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|ACCESS_KEY))[A-Z0-9_]+=[^\s<${]{6}"
)
_ASSIGNED_LETTERS = (b"PASSW", b"SECRET", b"TOKEN", b"_KEY")
_TOKEN_NAMES = re.compile(
    r"(?i)\A(?:\.netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|credentials|session\.json"
    r"|\.env(?:\.(?!example|sample|template|dist|defaults?)[\w-]+)?)\Z"
)


def secret_in(name: str, head: bytes) -> SecretKind | None:
    """Return what a file of this name, which begins with these `HEAD` bytes, seems to hold; None for no secret."""
    if _KEY_NAMES.search(name) or (_has(head, _KEY_LETTERS) and _KEY.search(head)):
        return SecretKind.PRIVATE_KEY
    if _TOKEN_NAMES.search(name) or next(tokens(head), None) is not None:
        return SecretKind.TOKEN
    if _has(head, _ASSIGNED_LETTERS) and _ASSIGNED.search(head):
        return SecretKind.TOKEN
    return None


def _has(head: bytes, letters: tuple[bytes, ...]) -> bool:
    """Return True where one of these stands in it, which is found much sooner than a pattern."""
    return any(one in head for one in letters)
