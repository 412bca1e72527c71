"""The interface's language: English is the source, the catalogues lie in `tui/locale`.

`WXTUI_LANG` decides, else the locale's usual variables. Nothing is loaded while the language is English.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tui.errors import WxtuiError

DOMAIN = "wxtui"
LOCALE_DIR = Path(__file__).resolve().parent / "locale"


def wanted_language() -> str:
    """`zh_CN` or `en`, from the environment."""
    for name in ("WXTUI_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").split(":", 1)[0]
        if value:
            return "zh_CN" if value.lower().startswith("zh") else "en"
    return "en"


def _translator() -> Callable[[str], str]:
    language = wanted_language()
    if language == "en":
        return str
    import gettext

    return gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True).gettext


_ = _translator()


def say(error: WxtuiError, *, advice: bool = True) -> str:
    """An error's sentence in the interface's language, with what to do about it."""
    sentence = _(error.sentence).format_map(error.facts)
    if not advice or not error.advice:
        return sentence
    return f"{sentence} {_(error.advice).format_map(error.facts)}"
