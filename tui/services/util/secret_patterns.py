"""Finds what looks like a secret in a text: private keys, tokens of known makes, passwords behind their names.

Hashes, UUIDs, digests, placeholders and code are none. Everything is bytes, so that outputs need no decoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from math import log2
from typing import Final

MASK: Final = "••••"
_MASK: Final = MASK.encode()

PRIVATE_KEY: Final = rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
"""First line of a private key."""
_KEY_END: Final = rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
TOKENS: Final = {
    b"AKIA": rb"\bAKIA[0-9A-Z]{16}\b",
    b"ASIA": rb"\bASIA[0-9A-Z]{16}\b",
    b"AKID": rb"\bAKID[0-9A-Za-z]{32}\b",
    b"LTAI": rb"\bLTAI[0-9A-Za-z]{12,30}\b",
    b"AIza": rb"\bAIza[0-9A-Za-z_-]{35}",
    b"ya29.": rb"\bya29\.[0-9A-Za-z_-]{20,255}",
    **{b"gh%c_" % one: rb"\bgh%c_[0-9A-Za-z]{36,255}" % one for one in b"pousr"},
    b"github_pat_": rb"\bgithub_pat_[0-9A-Za-z_]{22,255}",
    b"glpat-": rb"\bglpat-[0-9A-Za-z_-]{20,255}",
    b"xox": rb"\bxox[abprs]-[0-9A-Za-z-]{10,255}",
    b"sk-": rb"\bsk-[0-9A-Za-z_-]{32,255}",
    b"k_live_": rb"\b[rs]k_live_[0-9A-Za-z]{16,255}",
    b"hf_": rb"\bhf_[0-9A-Za-z]{30,60}\b",
    b"npm_": rb"\bnpm_[0-9A-Za-z]{36}\b",
    b"pypi-AgEI": rb"\bpypi-AgEI[0-9A-Za-z_-]{20,255}",
    b"dckr_pat_": rb"\bdckr_pat_[0-9A-Za-z_-]{20,60}",
    b"SG.": rb"\bSG\.[0-9A-Za-z_-]{20,24}\.[0-9A-Za-z_-]{40,45}",
    b"AGE-SECRET-KEY-1": rb"\bAGE-SECRET-KEY-1[0-9A-Z]{20,80}",
    b"eyJ": rb"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]*",
}
"""Tokens of known makes, each behind letters that it has for certain: these are found much sooner."""

_NAMES: Final = (
    rb"passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?key"
    rb"|credentials?|auth[_-]?key|account[_-]?key"
)
_CHINESE: Final = "|".join(("密码", "口令", "密钥", "令牌")).encode()
_VALUE: Final = rb"""(?P<quote>["'])(?P<quoted>[^"'\n]{1,4096})(?P=quote)|(?P<value>[^\s"'<>]{1,4096})"""
_ASSIGNED: Final = (
    rb"(?P<name>(?:" + _NAMES + rb")[\w.-]{0,40}|" + _CHINESE + rb")[\"']?(?P<between>[ \t]{0,8}(?:=>?|:=?|"
    + "：".encode() + rb")(?![=:])[ \t]{0,8})(?:" + _VALUE + rb")"
)  # fmt: skip
_FLAG: Final = (
    rb"(?<!\S)--?[a-z0-9-]{0,30}(?:password|passwd|passphrase|pass|token|secret|api-?key|access-?key)[ \t]+"
    rb"""["']?(?P<value>[^\s"'-][^\s"']*)"""
)
_SHORT_FLAG: Final = (
    rb"\b(?:curl|wget|https?)\b[^\n]{0,400}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"']{1,100}:(?P<value>[^\s\"']+)"
    rb"|\b(?:mysql\w*|mariadb\S*)\b[^\n]{0,400}?\s-p(?P<other>[^\s-]\S*)|\bsshpass\s+-p\s*(?P<third>\S+)"
    rb"|\bredis-cli\b[^\n]{0,400}?\s-a\s+(?P<fourth>\S+)"
)
_HEADER: Final = (
    rb"\b(?:proxy-)?authorization[\"']?[ \t]*[:=][ \t]*[\"']?(?:(?:bearer|basic|token|digest|negotiate|apikey)[ \t]+"
    rb"(?P<value>[^\s\"'][^\n\"']*)|(?P<other>[^\s\"']*[0-9][^\s\"']*))"
    rb"|\bbearer[ \t]+(?P<third>[A-Za-z0-9._~+/-]{16,}=*)|\b(?:set-)?cookie[ \t]*:[ \t]*[^\s=]+=(?P<fourth>[^\n\"']+)"
)
_URL: Final = (
    rb"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://(?:[^\s/:@\"']{0,200}:(?P<value>[^\s/@\"']{1,400})|(?P<other>[A-Za-z0-9_-]{20,}))@"
    rb"|[?&](?i:access_token|token|key|sig|signature|secret|password|api_?key|x-amz-signature|x-amz-credential"
    rb"|x-amz-security-token)=(?P<third>[^&\s\"']{8,})"
)
_RANDOM: Final = rb"[=:][ \t]{0,4}[\"']?(?P<value>[A-Za-z0-9+_-]{32,512}={0,2})(?![\w/.:-])"
_NAME_BEFORE: Final = rb"(?P<name>[\w.-]{1,60})[\"']?[ \t]{0,4}\Z"

_HARMLESS_NAME: Final = re.compile(
    rb"(?i)(?:tokens|[_.-](?:files?|paths?|dir|names?|ids?|ref|url|uri|count|len|length|size|type|policy|arn|ttl|limit|stdin"
    rb"|expir\w*|version|manager|store|provider|env|class|hash|key-?vault)|tokeni[sz]\w*|secretname|secretref|keyref"
    rb"|passwordless)\Z"
)
_PLACEHOLDER: Final = re.compile(
    rb"(?i)[*x.\xe2\x80\xa2#?_-]*\Z|[$%<{(\[].*|(?:null|none|nil|true|false|yes|no|unset|undefined|redacted|masked|hidden"
    rb"|required|optional|empty|missing|changeme|string|str|bytes|int|optional\[.*)[,;.)\]}]*\Z|[a-z_][\w.]*[(\[].*"
    rb"|\(?redacted.*|[,;)\]}]+\Z", re.DOTALL,
)  # fmt: skip
_HASHED_NAME: Final = re.compile(
    rb"(?i)sha|md5|digest|hash|sum|integrity|fingerprint|etag|commit|rev|build|uuid|guid|version|signature|trace|span|request"
    rb"|public|h1|symbol|id\Z"
)


def masked(text: str) -> str:
    """Return a text of one or more lines with its secrets masked."""
    return SecretMask().feed(text.encode("utf-8", "replace")).decode("utf-8", "replace")


class SecretMask:
    """Masks secrets in a text that comes in pieces of whole lines; a private key may go over several.

    Colours hide none: a line with a secret that they cut is shown without them.
    """

    def __init__(self) -> None:
        self._in_key = False
        self._line = 0
        self.lines: list[tuple[int, bytes]] = []
        """Number, from 1, and text of the first lines in which something was masked."""
        self.count = 0
        """Lines in which something was masked."""

    def feed(self, text: bytes) -> bytes:
        """Return the next lines, masked. What comes before the end of a key that had begun earlier is of the key."""
        if b"\x1b" in text:
            text = _where_secret_plain(text)
        spans = [*self._keys(text), *_found(text)]
        if not spans:
            self._line += text.count(b"\n")
            return text
        parts: list[bytes] = []
        at = 0
        touched: set[int] = set()
        for begin, end in sorted(spans):
            begin = max(begin, at)
            if begin >= end:
                continue
            lines = text[begin:end].split(b"\n")
            parts += [text[at:begin], b"\n".join(_MASK if one.strip() else one for one in lines)]
            first = text.count(b"\n", 0, begin)
            touched.update(first + number for number, one in enumerate(lines) if one.strip())
            at = end
        result = b"".join([*parts, text[at:]])
        self._note(result, touched)
        self._line += text.count(b"\n")
        return result

    def _note(self, result: bytes, touched: set[int]) -> None:
        self.count += len(touched)
        if len(self.lines) >= _SHOWN or not touched:
            return
        lines = result.split(b"\n")
        for number in sorted(touched)[: _SHOWN - len(self.lines)]:
            self.lines.append((self._line + number + 1, lines[number][:400]))

    def _keys(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield the inner lines of private keys, also of those that begin before the text or go on behind it."""
        at = 0
        if not self._in_key:
            first_end = _compiled(_KEY_END).search(text)
            begins = _compiled(PRIVATE_KEY).search(text)
            if first_end is not None and (begins is None or first_end.start() < begins.start()):
                yield 0, first_end.start()
                at = first_end.end()
        while True:
            if not self._in_key:
                begun = _compiled(PRIVATE_KEY).search(text, at)
                if begun is None:
                    return
                at = begun.end()
                self._in_key = True
            ended = _compiled(_KEY_END).search(text, at)
            yield at, len(text) if ended is None else ended.start()
            if ended is None:
                return
            at = ended.end()
            self._in_key = False


_SHOWN: Final = 10


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


_ESCAPES: Final = rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-Z\\^-~])"
"""Sequences of a terminal: colours, links, titles."""


def _where_secret_plain(text: bytes) -> bytes:
    """Return the text with those lines without escape sequences in which one would hide a secret."""
    plain = _compiled(_ESCAPES).sub(b"", text)
    spans = [*_found(plain), *(match.span() for match in _compiled(PRIVATE_KEY + b"|" + _KEY_END).finditer(plain))]
    if not spans:
        return text
    lines, shown = text.split(b"\n"), plain.split(b"\n")
    at = number = 0
    for begin, end in sorted(spans):
        number, at = number + plain.count(b"\n", at, begin), begin
        last = number + plain.count(b"\n", begin, end)
        lines[number : last + 1] = shown[number : last + 1]
    return b"\n".join(lines)


def safe_end(text: bytes, at: int) -> int:
    """Return a place, `at` or before it, that is not within a secret or what tells that it is one; 0 for none."""
    for begin, end in sorted((match.span() for match, _group in _matches(text)), reverse=True):
        if begin < at < end:
            at = begin
    return at


def _found(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where secrets stand, apart from private keys."""
    for match, group in _matches(text):
        yield match.span(group)


def tokens(text: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the tokens of known makes."""
    for letters, pattern in TOKENS.items():
        if letters in text:
            yield from _compiled(pattern).finditer(text)


def _matches(text: bytes) -> Iterator[tuple[re.Match[bytes], str | int]]:
    """Yield what is a secret with what tells so, and the group that is the secret itself."""
    lower = text.lower()  # Much sooner searched than without regard to case.
    for match in tokens(text):
        yield match, 0
    for match in _compiled(_ASSIGNED).finditer(lower):
        if _is_assigned_secret(match):
            yield match, "value" if match["quoted"] is None else "quoted"
    for pattern in (_FLAG, _SHORT_FLAG, _HEADER, _URL):
        for match in _compiled(pattern).finditer(lower if pattern in (_FLAG, _HEADER) else text):
            group = next(name for name, value in match.groupdict().items() if value is not None)
            if not _PLACEHOLDER.match(match[group]) and not (pattern is _SHORT_FLAG and match[group].isdigit()):
                yield match, group
    for match in _compiled(_RANDOM).finditer(text):
        named = _compiled(_NAME_BEFORE).search(text[max(0, match.start() - 70) : match.start()])
        if named is not None and not _HASHED_NAME.search(named["name"]) and _is_random(match["value"]):
            yield match, "value"


def _is_assigned_secret(match: re.Match[bytes]) -> bool:
    """Return True for a value, in small letters, that may be what its name says: words behind a colon are prose."""
    name, quoted = match["name"], match["quoted"]
    value = match["value"] if quoted is None else quoted
    if _HARMLESS_NAME.search(name) or _PLACEHOLDER.match(value):
        return False
    if quoted is not None:
        return len(value) >= 4 and (b" " not in value or match["between"] == b"=")
    value = value.rstrip(b",;.)]}")
    password = re.search(rb"(?i)pass|pwd|" + _CHINESE, name) is not None
    if value.isdigit():
        return len(value) >= (4 if password else 8)
    if match["between"] in (b"=", b":="):
        return len(value) >= 4
    # “token: expired”, “self.token = token”
    return len(value) >= 6 and (re.search(rb"[0-9]", value) is not None or not re.fullmatch(rb"[A-Za-z_.,'-]+", value))


def _is_random(value: bytes) -> bool:
    """Return True for what only a generator of keys writes: mixed case, digits, no pattern, and no number in hex."""
    kinds = (rb"[a-z]", rb"[A-Z]", rb"[0-9]")
    if not all(re.search(kind, value) for kind in kinds) or re.fullmatch(rb"(?:[0-9a-fA-F]+-?)+", value):
        return False
    if re.match(rb"(?i)sha\d|md5", value) or len(re.findall(rb"[0-9]", value)) < 3:
        return False
    counts = [value.count(bytes([one])) for one in set(value)]
    return -sum(count / len(value) * log2(count / len(value)) for count in counts) >= 4.2
