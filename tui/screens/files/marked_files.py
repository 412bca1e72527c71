"""What a person has chosen to send: files in the order they were marked, each as its kind, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.services.uploads.preflight import PreflightResult
from tui.wire.media_types import MediaKind

_KINDS: Final = (MediaKind.AUTO, MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.GIF, MediaKind.FILE)


@dataclass(frozen=True, slots=True)
class PickedFile:
    """A file to be sent, and as what."""

    path: Path
    kind: MediaKind


@dataclass(frozen=True, slots=True)
class Picked:
    """What a picker was left with: at least one file."""

    files: tuple[PickedFile, ...]


class MarkedFiles:
    """Marked paths and kinds. Not whether files exist: `check` says so, and may be out of date."""

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
        """What stands before it in a list: not marked, marked, to be looked at twice, not sendable."""
        if path not in self._marked:
            return ""
        checked = self.checked(path)
        if checked is None or not (checked.refusal or checked.doubts):
            return "✓"
        return "✗" if checked.refusal else "!"

    @property
    def paths(self) -> tuple[Path, ...]:
        """The marked files, the first marked first."""
        return tuple(self._marked)

    def toggle(self, path: Path) -> bool:
        """Mark it, or not any more; whether it is marked now."""
        if path in self._marked:
            del self._marked[path]
            return False
        self._marked[path] = None
        return True

    def kind(self, path: Path) -> MediaKind:
        """As what it goes out; AUTO leaves it to the name."""
        return self._kinds.get(path, self._default)

    def next_kind(self, path: Path) -> MediaKind:
        """Another kind for it."""
        kind = _KINDS[(_KINDS.index(self.kind(path)) + 1) % len(_KINDS)]
        self._kinds[path] = kind
        return kind

    def files(self, paths: Sequence[Path]) -> tuple[PickedFile, ...]:
        """The paths with their kinds."""
        return tuple(PickedFile(path, self.kind(path)) for path in paths)

    def learn(self, file: PickedFile, checked: PreflightResult) -> None:
        """What was found on a file."""
        self._checked[file] = checked

    def checked(self, path: Path) -> PreflightResult | None:
        """What was last found on it as its kind; None when nobody looked."""
        return self._checked.get(PickedFile(path, self.kind(path)))

    @property
    def total(self) -> int:
        """Bytes of all marked files that were looked at."""
        return sum(checked.size for path in self._marked if (checked := self.checked(path)) is not None)
