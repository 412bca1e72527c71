"""Files that a person marked to send, in the order of the marks, each with its kind and the result of its check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tui.services.uploads.preflight import PreflightResult
from tui.wire.media_types import MediaKind

_KINDS: Final = (MediaKind.AUTO, MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.GIF, MediaKind.FILE)


class PickedFile(msgspec.Struct, frozen=True):
    """File to be sent, and the kind it is sent as."""

    path: Path
    kind: MediaKind


class MarkedFiles:
    """Marked paths and kinds. A file may be gone since: only `check` looks at the disk."""

    def __init__(self, kind: MediaKind) -> None:
        self._default = kind
        self._kinds: dict[Path, MediaKind] = {}
        self._marked: dict[Path, None] = {}
        self._checked: dict[PickedFile, PreflightResult] = {}

    def __len__(self) -> int:
        return len(self._marked)

    def __contains__(self, path: object) -> bool:
        return path in self._marked

    def sign(self, path: Path) -> str:
        """Return the sign before a path in a list: not marked, marked, to be looked at twice, not sendable."""
        if path not in self._marked:
            return ""
        checked = self.checked(path)
        if checked is None or not (checked.refusal or checked.doubts):
            return "✓"
        return "✗" if checked.refusal else "!"

    @property
    def paths(self) -> tuple[Path, ...]:
        """Marked files, the first marked first."""
        return tuple(self._marked)

    def toggle(self, path: Path) -> bool:
        """Mark a path, or take its mark away; return True when it is marked now."""
        if path in self._marked:
            del self._marked[path]
            return False
        self._marked[path] = None
        return True

    def kind(self, path: Path) -> MediaKind:
        """Return the kind a path is sent as; AUTO leaves it to the name."""
        return self._kinds.get(path, self._default)

    def next_kind(self, path: Path) -> MediaKind:
        """Give a path the next kind."""
        kind = _KINDS[(_KINDS.index(self.kind(path)) + 1) % len(_KINDS)]
        self._kinds[path] = kind
        return kind

    def files(self, paths: Sequence[Path]) -> tuple[PickedFile, ...]:
        """Return paths with their kinds."""
        return tuple(PickedFile(path, self.kind(path)) for path in paths)

    def learn(self, file: PickedFile, checked: PreflightResult) -> None:
        """Keep the result of a check."""
        self._checked[file] = checked

    def checked(self, path: Path) -> PreflightResult | None:
        """Return the last result for a path as its kind; None when it was not checked."""
        return self._checked.get(PickedFile(path, self.kind(path)))

    @property
    def total(self) -> int:
        """Bytes of all marked files that were checked."""
        return sum(checked.size for path in self._marked if (checked := self.checked(path)) is not None)
