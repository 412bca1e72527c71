"""Texts of the lines around a file picker."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from tui.fuzzy import fold
from tui.i18n import _, counted
from tui.keymap import hint
from tui.screens.files.directory_model import DirectoryModel
from tui.screens.files.marked_files import MarkedFiles
from tui.services.file_browser.listing import EntryKind, Sort
from tui.units import shown_size
from tui.widgets.file_browser.file_list import kind_label, shown_date
from tui.wire.media_types import media_type


class KeyFocus(Enum):
    """Pane that keys go to."""

    LIST = "list"
    FILTER = "filter"
    TREE = "tree"


def rule(directory: DirectoryModel) -> tuple[str, ...]:
    """Return the number of entries, their order, and work that still goes on."""
    shown, total = len(directory.rows), directory.total
    count = f"{shown:,}"
    if shown != total:
        count = _("{shown} of {total}").format(shown=count, total=f"{total:,}")
    order = {Sort.NAME: _("by name"), Sort.NEWEST: _("newest first"), Sort.LARGEST: _("largest first")}
    busy = ""
    if directory.busy:
        busy = _("reading… {count}").format(count=f"{len(directory.folder):,}")
    elif directory.asked:
        busy = _("asking for dates… {count}").format(count=f"{directory.asked:,}")
    return count, order[directory.sort], _("hidden shown") if directory.hidden else "", busy


def marked(marks: MarkedFiles, *, sized: bool) -> str:
    """Return the number of marked files and their size; "" for none."""
    if not marks:
        return ""
    count = counted("{count} file", "{count} files", len(marks))
    return " · ".join(filter(None, ("✓ " + count, shown_size(marks.total) if sized else "")))


def hints(keys: KeyFocus, marked: bool, kind: EntryKind | None) -> str:
    """Return what keys do with the entry of this `kind`, the most useful first, the way out last."""
    if keys is KeyFocus.TREE:
        return hint(
            "{list.choose} go there · {tree.fold} {tree.unfold} fold · {tree.forget} bookmark · {tree.hidden} hidden ·"
            " {help} help · {picker.back} files"
        )
    if keys is KeyFocus.FILTER:
        enter = hint("{field.submit} open") if kind is EntryKind.FOLDER else hint("{field.submit} send")
        return f"{enter} · " + hint("{picker.pane.next} complete · {picker.mark.anywhere} mark · {picker.back} clear")
    if kind is EntryKind.FOLDER:
        enter = hint("{list.choose} open · {picker.pack} pack and send")
    else:
        enter = hint("{list.choose} send all") if marked else hint("{list.choose} send")
    if marked:
        enter = f"{enter} · " + hint("{picker.others} to others")
    return f"{enter} · " + hint(
        "{picker.mark} mark · {help} help · {picker.filter} filter · {picker.up} up · {picker.sort} sort ·"
        " {picker.kind} kind · {picker.hidden} hidden · {picker.bookmark} bookmark · {picker.tree} folders ·"
        " {picker.back} leave"
    )


def facts(path: Path, modified: float, marks: MarkedFiles) -> str:
    """Return kind, size and date of a file that was checked."""
    checked = marks.checked(path)
    if checked is None:
        return ""
    kind = media_type(path.name, marks.kind(path)).kind if checked.refusal else checked.kind
    date = shown_date(modified) if modified else ""
    return " · ".join(filter(None, (kind_label(kind), shown_size(checked.size), date)))


def typed_path(text: str, home: Path) -> tuple[Path, str]:
    """Split a path that is being typed into its folder and the beginning of a name."""
    folder, slash, rest = text.rpartition("/")
    if not slash:
        return home, text.removeprefix("~")
    if folder == "~" or folder.startswith("~/"):
        folder = f"{home}/{folder[2:]}"
    # Like a shell: `..` goes back the way one came, whatever links lead where.
    return Path(os.path.normpath(folder or "/")), rest


def completed_path(text: str, home: Path) -> str:
    """Return a typed path with as much of its last name as is clear, and a slash behind a folder. Reads a folder."""
    if text == "~":
        return "~/"
    place, rest = typed_path(text, home)
    try:
        with os.scandir(place) as found:
            entries = {entry.name: entry for entry in found if rest.startswith(".") or not entry.name.startswith(".")}
        names = [name for name in entries if name.startswith(rest)]
        names = names or [name for name in entries if fold(name).startswith(fold(rest))]
        first, last = min(names, default=""), max(names, default="")
        same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
        common = first[:same]
        slash = "/" if len(names) == 1 and entries[common].is_dir() else ""
    except (OSError, ValueError):
        return text
    clear = fold(common).startswith(fold(rest)) and common.isprintable()
    return text.removesuffix(rest) + common + slash if names and clear else text
