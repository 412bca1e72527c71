"""The message catalogues, from the sources: `python .ci/catalogues.py` rewrites them, `--check` only says what differs.

Run it after a change of the interface's words, translate what it names in the .po file, and run it again. The .mo file
is committed, so that an install needs no build step. Everything is steady: no dates, no line numbers, no version of a
tool, messages in alphabetical order.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tui"
PO = SOURCES / "locale" / "zh_CN" / "LC_MESSAGES" / "wxtui.po"
MO = PO.with_suffix(".mo")
KEYWORDS = {
    "_": None,
    "N_": None,
    "hint": None,
    "Phrase": None,
    "bad_answer": (2,),
    "counted": (1, 2),
    "NN_": (1, 2),
}
Id = str | tuple[str, str]
"""A msgid, or the forms for one and for more."""


class SteadyCatalog(Catalog):
    """A catalogue whose header says the same on every day and with every Babel."""

    mime_headers = [
        ("Project-Id-Version", "wxtui"),
        ("Language", "zh_CN"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
        ("Plural-Forms", "nplurals=1; plural=0;"),
    ]


def source_messages() -> set[Id]:
    """Every msgid that the sources mark."""
    found = extract_from_dir(SOURCES, [("**.py", "python")], keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def old_messages() -> dict[Id, str]:
    """What is translated already; a fuzzy translation does not count. Chinese has one form for every number."""
    if not PO.exists():
        return {}
    with PO.open("rb") as file:
        found = [message for message in read_po(file) if message.id and not message.fuzzy]
    return {one.id: one.string if isinstance(one.string, str) else one.string[0] for one in found}


def build() -> SteadyCatalog:
    """The sources' messages with the .po file's translations."""
    catalog = SteadyCatalog(
        locale="zh_CN", domain="wxtui", header_comment="# wxtui in Simplified Chinese.", fuzzy=False
    )
    old = old_messages()
    for text in sorted(source_messages(), key=lambda found: found if isinstance(found, str) else found[0]):
        translated = old.get(text, "")
        catalog[text] = Message(text, translated if isinstance(text, str) else (translated,))
        catalog[text].flags = {"python-brace-format"} if "{" in (text if isinstance(text, str) else text[1]) else set()
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """The .po file."""
    out = io.BytesIO()
    write_po(out, catalog, width=0, no_location=True, sort_output=True)
    return out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The .mo file."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> int:
    """0 when both files are as they should be and nothing is left to translate."""
    catalog = build()
    wrong = False
    for path, content in ((PO, po_bytes(catalog)), (MO, mo_bytes(catalog))):
        if path.exists() and path.read_bytes() == content:
            continue
        if "--check" in sys.argv[1:]:
            print(f"not up to date: {path.relative_to(ROOT)}")
            wrong = True
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"written: {path.relative_to(ROOT)}")
    for message in catalog:
        if message.id and message.string in ("", ("",)):
            print(f"not translated: {message.id}")
            wrong = True
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
