"""Names in a row, as a person types them behind a command."""

from __future__ import annotations

import re
from typing import Final

_QUOTED: Final = r'"[^"]*"?|“[^”]*”?'
_COMMAS: Final = r"[,，、]"
_BETWEEN_COMMAS: Final = r'"[^"]*"?|“[^”]*”?|[^,，、"“][^,，、]*'
_BETWEEN_BLANKS: Final = r'"[^"]*"?|“[^”]*”?|[^\s"“]\S*'
_NAMED: Final = r"(?i)(?:^|\s)(?:name|群名|名称)[:：](.*)"


def spoken_names(text: str) -> list[str]:
    """Return the names in a text: between commas where there are any, else between blanks, or in quotation marks."""
    commas = re.search(_COMMAS, re.sub(_QUOTED, "", text)) is not None
    parts = re.findall(_BETWEEN_COMMAS, text) if commas else re.findall(_BETWEEN_BLANKS, text)
    return list(filter(None, (part.strip().strip('"“”').strip() for part in parts)))


def name_behind(text: str) -> tuple[str, str]:
    """Return a text without its end `name:…`, and the name that stands there, "" for none."""
    found = re.search(_NAMED, text)
    return (text, "") if found is None else (text[: found.start()], found[1].strip().strip('"“”').strip())
