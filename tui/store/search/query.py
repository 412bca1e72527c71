"""Query of a search: words, and who wrote a message, of which kind it is, between which days. Pure.

    from:张三 kind:file since:2026-11-01 until:yesterday report

The search of the program and `wxtui log` take these alike. Chinese key words and a full-width colon are taken, too, and
values with blanks stand in quotation marks; so does a word that only looks like a filter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from msgspec import structs

from tui.errors import Phrase, UsageError
from tui.store.search.days import local_day, midnight, read_day
from tui.wire import bodies
from tui.wire.bodies import Body, kind_name


class MessageQuery(msgspec.Struct, frozen=True):
    """Messages that are looked for. `senders`: any of these names; `kinds`: any of these kinds of bodies.

    `since` and `before` are aware; a message of the moment `before` is not meant. `mentions`: only those that name
    oneself.
    """

    words: str = ""
    senders: tuple[str, ...] = ()
    kinds: tuple[type[Body], ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    mentions: bool = False

    @property
    def filtered(self) -> bool:
        """True when more is asked for than words."""
        return bool(self.senders or self.kinds or self.since or self.before or self.mentions)


# ---------------------------------------------------------------- kinds

_KINDS: Final[tuple[tuple[tuple[str, ...], tuple[type[Body], ...]], ...]] = (
    (("text", "文字", "文本"), (bodies.Text, bodies.Quote)),
    (("image", "picture", "photo", "图片", "照片"), (bodies.Image,)),
    (("video", "视频"), (bodies.Video, bodies.Channels)),
    (("voice", "audio", "语音"), (bodies.Voice,)),
    (("file", "文件"), (bodies.File,)),
    (("link", "链接", "网址"), (bodies.Link, bodies.MiniProgram)),
    (("location", "位置"), (bodies.Location, bodies.LiveLocation)),
    (("card", "名片"), (bodies.Card, bodies.FriendRequest)),
    (("money", "红包", "转账"), (bodies.Transfer, bodies.RedPacket, bodies.Gift)),
    (("sticker", "gif", "表情", "动画表情"), (bodies.Emoticon,)),
    (("quote", "引用"), (bodies.Quote,)),
    (("history", "聊天记录"), (bodies.History,)),
    (("note", "笔记"), (bodies.Note,)),
    (("call", "通话"), (bodies.PhoneCall,)),
    (("announcement", "公告", "群公告"), (bodies.Announcement,)),
    (("system", "notice", "系统", "系统消息"), (bodies.System, bodies.Revoke)),
)
"""Names of kinds, the first is shown, and the bodies that they mean."""
KIND_NAMES: Final = tuple(names[0] for names, _bodies in _KINDS)
"""The name of each kind that sentences and completion show."""
ONESELF: Final = frozenset({"me", "myself", "我", "自己"})
"""Names of oneself as a sender."""
_BODIES: Final[Mapping[str, tuple[type[Body], ...]]] = {
    # The names that JSON has for scripts first: `link` is more than that.
    **{kind_name(kind): (kind,) for kind in bodies.KINDS if kind is not bodies.StatusNotify},
    **{name: meant for names, meant in _KINDS for name in names},
}


def kinds_named(names: str) -> tuple[type[Body], ...]:
    """Return the kinds of bodies that some names mean, with commas between. Raises `UsageError` for an unknown one."""
    found: dict[type[Body], None] = {}
    for name in re.split(r"[,，、]", names):
        meant = _BODIES.get(name.strip().lower())
        if meant is None:
            raise UsageError(
                why=Phrase(
                    "“{name}” is not a kind of message. There are: text, image, video, voice, file, link, location,"
                    " card, money, sticker, quote, history, note, call, announcement, system.",
                    name=name.strip(),
                )
            )
        found |= dict.fromkeys(meant)
    return tuple(found)


# ---------------------------------------------------------------- what a person writes

_KEYS: Final = {
    "from": "from", "来自": "from", "发送人": "from",
    "kind": "kind", "type": "kind", "类型": "kind",
    "since": "since", "after": "since", "起始": "since",
    "until": "until", "截止": "until",
}  # fmt: skip
"""Key words and what they mean. `after` is how other programs call `since`."""
_TOKEN: Final = (  # text, so that `re` compiles it when it is first wanted
    r"""(?P<key>[A-Za-z\u4e00-\u9fff]{1,20})[:：](?!//)(?P<value>"[^"]*"?|“[^”]*”?|[^\s"“]*)|"[^"]*"?|“[^”]*”?|\S[^\s"“]*"""
)
_QUOTES: Final = '"“”'


def parse_query(
    text: str,
    now: datetime,
    *,
    senders: Iterable[str] = (),
    kinds: Iterable[str] = (),
    since: Iterable[str] = (),
    until: Iterable[str] = (),
    mentions: bool = False,
) -> MessageQuery:
    """Return what a person's words ask for, together with filters that were written elsewhere.

    `now` is aware, and says which day today is. Raises `UsageError` for a filter that does not exist or makes no sense.
    """
    words: list[str] = []
    values = {"from": [*senders], "kind": [*kinds], "since": [*since], "until": [*until]}
    for key, value, written in _tokens(text):
        known = _KEYS.get(key.lower())
        if known is not None:
            if not value:
                raise UsageError(why=Phrase("Something is missing after “{key}:”.", key=key))
            values[known].append(value)
        elif value and len(key) > 1 and key.isascii():
            raise UsageError(
                why=Phrase(
                    "There is no filter “{key}:”, only from:, kind:, since: and until:. To find the words themselves,"
                    " write them in quotation marks.",
                    key=key,
                )
            )
        else:
            words.append(written)
    return structs.replace(_query_of(" ".join(words), local_day(now), values), mentions=mentions)


def _query_of(words: str, today: date, values: Mapping[str, Sequence[str]]) -> MessageQuery:
    first = [read_day(day, today) for day in values["since"]]
    last = [read_day(day, today) for day in values["until"]]
    if first and last and max(first) > min(last):
        raise UsageError(why=Phrase("{since} is later than {until}.", since=max(first), until=min(last)))
    return MessageQuery(
        words,
        tuple(values["from"]),
        tuple(dict.fromkeys(kind for names in values["kind"] for kind in kinds_named(names))),
        midnight(max(first)) if first else None,
        # A day `until` is meant to its end.
        midnight(min(last) + timedelta(days=1)) if last else None,
    )


def _tokens(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield key, value and the whole of each token; no key for a word."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = re.compile(_TOKEN).match(text, at)
        assert match is not None, "any character but a blank begins a token"
        yield match["key"] or "", (match["value"] or "").strip(_QUOTES).strip(), match[0]
        at = match.end()
