"""Names in a row, as a person types them behind a command."""

from __future__ import annotations

import re
from typing import Final

_COMMAS: Final = r"[,，、]"
_WORD: Final = r'"[^"]*"?|“[^”]*”?|[^\s"“]\S*'
_NAMED: Final = r"(?i)(?:^|\s)(?:name|群名|名称)[:：](.*)"


def spoken_names(text: str) -> list[str]:
    """Return the names in a text: between commas where there are any, else between blanks, or in quotation marks."""
    parts = re.split(_COMMAS, text) if re.search(_COMMAS, text) else re.findall(_WORD, text)
    return list(filter(None, (part.strip().strip('"“”').strip() for part in parts)))


def name_behind(text: str) -> tuple[str, str]:
    """Return a text without its end `name:…`, and the name that stands there, "" for none."""
    found = re.search(_NAMED, text)
    return (text, "") if found is None else (text[: found.start()], found[1].strip().strip('"“”').strip())
