"""The interface's language: English is the source, the catalogues lie in `tui/locale`.

`WXTUI_LANG` decides, else the locale's usual variables. Nothing is loaded while the language is English.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from tui.errors import Phrase, WxtuiError, filled

if TYPE_CHECKING:
    from gettext import NullTranslations

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


def _translations(language: str) -> NullTranslations | None:
    """Return the catalogue; None for English, which needs none."""
    if language == "en":
        return None
    import gettext

    return gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)


_catalogue = _translations(wanted_language())


def _(text: str) -> str:
    """Return `text` in the interface's language."""
    return text if _catalogue is None else _catalogue.gettext(text)


def plural(one: str, more: str, count: int) -> str:
    """Return the form for this `count` in the interface's language, as others' `ngettext` does for sentences that are
    translated one by one."""
    return _(one if count == 1 else more)


def NN_(one: str, more: str) -> tuple[str, str]:
    """Mark a sentence's singular and plural for translation; `counted` looks them up."""
    return one, more


def counted(one: str, more: str, count: int, **facts: object) -> str:
    """Return the form for this `count` in the interface's language, filled in: {count} stands for the number."""
    template = (one if count == 1 else more) if _catalogue is None else _catalogue.ngettext(one, more, count)
    return template.format(count=count, **facts)


def use(language: str) -> None:
    """Switch to a language (`en`, `zh_CN`): the settings are read later than the environment."""
    global _catalogue
    _catalogue = _translations(language)


def say(error: WxtuiError, *, advice: bool = True) -> str:
    """Return an error's sentence in the interface's language, with its advice."""
    sentence = translated(error.said)
    if not advice or not error.advice:
        return sentence
    return joined(sentence, translated(Phrase(error.advice, **error.facts)))


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
