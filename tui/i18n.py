"""The interface's language: English is the source, the catalogues lie in `tui/locale`.

`WXTUI_LANG` decides, else the locale's usual variables. Nothing is loaded while the language is English.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import reduce
from typing import Final, Literal

from tui.errors import Phrase, WxtuiError, filled

DOMAIN = "wxtui"
LOCALE_DIR = f"{os.path.dirname(os.path.realpath(__file__))}/locale"


def wanted_language() -> str:
    """Return `zh_CN` or `en`, from the environment, as gettext reads it: a locale of C wants no translation."""
    wanted = os.environ.get("WXTUI_LANG", "")
    if not wanted:
        places = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
        locale = next(filter(None, places), "C")
        if locale.split(".")[0] in ("C", "POSIX"):
            return "en"
        wanted = os.environ.get("LANGUAGE", "").split(":")[0] or locale
    return "zh_CN" if wanted.lower().startswith("zh") else "en"


class Catalogue:
    """Sentences of one language, as `msgfmt` compiles them: a table of the English ones in order, and one of ours.

    A sentence is looked up in the file when it is first wanted. `gettext` would read all of them first, which with its
    own import takes as long as a short command.
    """

    _NUMBER: Final = 4
    """Bytes of a number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order: Literal["little", "big"] = "little" if data[:4] == b"\xde\x12\x04\x95" else "big"
        self._count, self._english, self._ours = (self._number(at) for at in (8, 12, 16))
        self._known: dict[str, str] = {}

    def find(self, text: str) -> str:
        """Return the translation of a sentence; of one that is not there, the sentence."""
        known = self._known.get(text)
        if known is None and (known := self._found(text)):
            self._known[text] = known
        return known or text

    def _found(self, text: str) -> str:
        # The first entry, of no sentence, describes the file.
        wanted, low, high = text.encode("utf-8", "replace"), 1, self._count
        while low < high:
            middle = (low + high) // 2
            # A sentence with a plural is there as both, with a NUL between.
            here = self._text(self._english, middle).partition(b"\0")[0]
            if here == wanted:
                return self._text(self._ours, middle).partition(b"\0")[0].decode(errors="ignore")
            low, high = (middle + 1, high) if here < wanted else (low, middle)
        return ""

    def _text(self, table: int, number: int) -> bytes:
        at = table + 2 * self._NUMBER * number
        begin = self._number(at + self._NUMBER)
        end = begin + self._number(at)
        # A file that was cut off has the first half of a sentence: none is better.
        return self._data[begin:end] if end <= len(self._data) else b""

    def _number(self, at: int) -> int:
        return int.from_bytes(self._data[at : at + self._NUMBER], self._order)


def _translations(language: str) -> Catalogue | None:
    """Return the catalogue; None for English, which needs none, and where it is missing."""
    if language == "en":
        return None
    try:
        with open(f"{LOCALE_DIR}/{language}/LC_MESSAGES/{DOMAIN}.mo", "rb") as file:
            return Catalogue(file.read())
    except OSError:
        return None


_catalogue = _translations(wanted_language())


def _(text: str) -> str:
    """Return `text` in the interface's language."""
    return text if _catalogue is None else _catalogue.find(text)


def plural(one: str, more: str, count: int) -> str:
    """Return the form for this `count` in the interface's language, of sentences that are translated one by one."""
    return _(one if count == 1 else more)


def NN_(one: str, more: str) -> tuple[str, str]:
    """Mark a sentence's singular and plural for translation; `counted` looks them up."""
    return one, more


def counted(one: str, more: str, count: int, **facts: object) -> str:
    """Return the form for this `count` in the interface's language, filled in: {count} stands for the number."""
    english = one if count == 1 else more
    # The languages of the catalogues have one form for all numbers, which stands there under the singular.
    found = one if _catalogue is None else _catalogue.find(one)
    return (english if found == one else found).format(count=count, **facts)


def use(language: str) -> None:
    """Switch to a language (`en`, `zh_CN`): the settings are read later than the environment."""
    global _catalogue
    _catalogue = _translations(language)


def say(error: WxtuiError, *, advice: bool = True, on_screen: bool = False) -> str:
    """Return an error's sentence in the interface's language, with its advice; `on_screen`: of the full screen."""
    sentence = translated(error.said)
    advised = (on_screen and error.advice_on_screen) or error.advice
    if not advice or not advised:
        return sentence
    return joined(sentence, translated(Phrase(advised, **error.facts)))


def listed(items: Sequence[str]) -> str:
    """Return names in a row, with the language's commas between them."""
    return reduce(lambda before, name: _("{before}, {name}").format(before=before, name=name), items)


def with_details(name: str, details: Sequence[str]) -> str:
    """Return a name with what tells it apart in brackets, those and the commas as the language has them."""
    said = reduce(lambda before, more: _("{before}, {more}").format(before=before, more=more), details)
    return _("{name} ({details})").format(name=name, details=said)


def joined(*sentences: str) -> str:
    """Join sentences with spaces, and leave out empty ones; Chinese full stops and question marks bring their own."""
    text = ""
    for sentence in filter(None, sentences):
        text += sentence if not text or text.endswith(("。", "？")) else f" {sentence}"
    return text


def translated(phrase: Phrase) -> str:
    """Return a phrase, with the phrases in it, in the interface's language."""
    facts = {name: translated(fact) if isinstance(fact, Phrase) else fact for name, fact in phrase.facts.items()}
    return filled(_(phrase.template), facts)
