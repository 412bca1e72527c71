"""Texts of the lines around a file picker."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from tui.i18n import _, counted
from tui.keymap import hint
from tui.screens.files.directory_model import DirectoryModel
from tui.screens.files.marked_files import MarkedFiles
from tui.services.file_browser.listing import Sort
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


def hints(keys: KeyFocus, marked: bool) -> tuple[str, ...]:
    """Return what keys do, the most useful first; as many are shown as there is room for."""
    if keys is KeyFocus.TREE:
        return (
            hint("{list.choose} go there"),
            hint("{tree.fold} {tree.unfold} fold"),
            hint("{picker.bookmark} bookmark"),
            hint("{picker.pane.next} list"),
        )
    if keys is KeyFocus.FILTER:
        return (
            hint("{field.submit} open or send"),
            _("↑↓ move"),
            hint("{picker.mark.anywhere} mark"),
            hint("{picker.back} clear"),
        )
    return (
        hint("{list.choose} send all") if marked else hint("{list.choose} send"),
        hint("{picker.mark} mark"),
        hint("{picker.filter} filter"),
        hint("{picker.up} up"),
        hint("{picker.sort} sort"),
        hint("{picker.hidden} hidden"),
        hint("{picker.kind} kind"),
        hint("{picker.bookmark} bookmark"),
        hint("{picker.tree} folders"),
        hint("{picker.back} leave"),
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
