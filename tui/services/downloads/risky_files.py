"""Files that can run: told by name and by content, before the desktop's program for them is started.

A sender chooses the name, and the desktop chooses the program by it: both the ending of the name and the first bytes
count, and the more dangerous one wins.
"""

from __future__ import annotations

import os
import re
import stat
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec

from tui.services.downloads.filenames import extension_of

_HEAD: Final = 4096
_PART: Final = 512 * 1024
"""Bytes from the start and from the end of a package or document in which its parts are looked for."""
_LONGEST_ENDING: Final = 16


class RiskyKind(Enum):
    """Kind of file that can do more than show itself, the most dangerous first."""

    PROGRAM = "program"
    SCRIPT = "script"
    INSTALLER = "installer"
    SHORTCUT = "shortcut"
    MACROS = "macros"
    PAGE = "web page"
    SVG = "SVG picture"


_ORDER: Final = tuple(RiskyKind)
_ENDINGS: Final = {
    RiskyKind.PROGRAM: (
        "exe com scr pif cpl dll sys ocx drv so dylib bin run out elf app appimage jar war ear class jnlp gadget ko"
        " wasm dex"
    ),
    RiskyKind.SCRIPT: (
        "sh bash zsh fish csh tcsh ksh dash command tool bat cmd btm ps1 ps1xml psm1 psd1 psc1 vb vbs vbe vba js jse"
        " mjs cjs wsf wsh wsc ws sct py pyw pyc pyo pyz pyzw pth rb pl pm php phtml lua tcl tk awk sed jl groovy gradle"
        " kts scpt scptd applescript workflow action osx hta reg inf ins job ahk au3 ipynb"
    ),
    RiskyKind.INSTALLER: (
        "msi msp mst msix msixbundle appx appxbundle appinstaller deb rpm apk aab apks xapk ipa pkg mpkg dmg iso img"
        " vhd vhdx flatpak flatpakref flatpakrepo snap crx xpi vsix nupkg gem whl egg pkgbuild"
    ),
    RiskyKind.SHORTCUT: (
        "desktop directory lnk url webloc inetloc fileloc website scf library-ms search-ms searchconnector-ms"
        " settingcontent-ms appref-ms application theme themepack deskthemepack rdp ica mobileconfig"
    ),
    RiskyKind.PAGE: "html htm xhtml xht xht shtml shtm phtm mht mhtml maff chm hlp",
    RiskyKind.SVG: "svg svgz",
    RiskyKind.MACROS: (
        "docm dotm xlsm xltm xlsb xlam xla xll pptm potm ppam ppsm ppa sldm slk iqy oqy dqy rqy mdb mde mda accdb accde"
        " accda adp ade mam mar mas mat maw wiz"
    ),
}
_KIND_OF: Final = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}

_SIGNS: Final[tuple[tuple[bytes, RiskyKind], ...]] = (
    (b"\x7fELF", RiskyKind.PROGRAM),
    (b"MZ", RiskyKind.PROGRAM),
    (b"\xfe\xed\xfa\xce", RiskyKind.PROGRAM),
    (b"\xfe\xed\xfa\xcf", RiskyKind.PROGRAM),
    (b"\xce\xfa\xed\xfe", RiskyKind.PROGRAM),
    (b"\xcf\xfa\xed\xfe", RiskyKind.PROGRAM),
    (b"\xca\xfe\xba\xbe", RiskyKind.PROGRAM),
    (b"\xca\xfe\xba\xbf", RiskyKind.PROGRAM),
    (b"\x00asm", RiskyKind.PROGRAM),
    (b"dex\n", RiskyKind.PROGRAM),
    (b"#!", RiskyKind.SCRIPT),
    (b"L\x00\x00\x00\x01\x14\x02\x00", RiskyKind.SHORTCUT),
    (b"!<arch>\ndebian", RiskyKind.INSTALLER),
    (b"\xed\xab\xee\xdb", RiskyKind.INSTALLER),
    (b"MSCF", RiskyKind.INSTALLER),
    (b"ITSF", RiskyKind.PAGE),
)
"""Beginnings of files that run: ELF, PE and DOS, Mach-O and Java, WebAssembly, Android, a script's line, …"""
_WORDS: Final[tuple[tuple[re.Pattern[bytes], RiskyKind], ...]] = (
    (re.compile(rb"\[(?:desktop entry|internetshortcut)\]"), RiskyKind.SHORTCUT),
    (re.compile(rb"<(?:\w+:)?svg[\s>]"), RiskyKind.SVG),
    (
        re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|meta|title|h1|table|a\s+href)[\s>/]"),
        RiskyKind.PAGE,
    ),
    (re.compile(rb"^(?:mime-version:.{0,400}?multipart/related|from:.{0,200}?snapshot)", re.DOTALL), RiskyKind.PAGE),
    (re.compile(rb"^@echo\s+off"), RiskyKind.SCRIPT),
    (re.compile(rb"<\?php"), RiskyKind.SCRIPT),
)
"""Words in the first bytes of a text, in lower case."""
_INSIDE: Final[tuple[tuple[bytes, RiskyKind], ...]] = (
    (b"vbaProject.bin", RiskyKind.MACROS),
    (b"AndroidManifest.xml", RiskyKind.INSTALLER),
    (b"AppxManifest.xml", RiskyKind.INSTALLER),
    (b"META-INF/MANIFEST.MF", RiskyKind.PROGRAM),
    (b"Basic/Standard/", RiskyKind.MACROS),
    (b"_\x00V\x00B\x00A\x00_\x00P\x00R\x00O\x00J\x00E\x00C\x00T\x00", RiskyKind.MACROS),
    (b"M\x00a\x00c\x00r\x00o\x00s\x00", RiskyKind.MACROS),
)
"""Names of parts within a zip or an old document of Office."""
_ZIP, _OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_PICTURES: Final = frozenset(["png", "jpg", "jpeg", "jpe", "jfif", "gif", "webp", "bmp", "heic"])
_FAMILIES: Final = (
    _PICTURES,
    frozenset(["mp4", "m4v", "mov", "mkv", "webm", "m4a", "3gp"]),
    frozenset(["mp3", "m4a", "ogg", "oga", "opus", "wav", "amr", "silk"]),
    frozenset({"pdf"}),
    frozenset(["gz", "tgz", "svgz"]),
)
"""Endings that mean the same sort of content; a zip has any number of endings, and contradicts none but these."""


class ExaminedFile(msgspec.Struct, frozen=True):
    """Outcome of a look at a file. `kind` None: it only shows itself. `version` changes when the file does.

    `claims` and `holds` are endings that contradict each other, "" where they do not. `hidden`: the name is written so
    that its real ending is not seen.
    """

    kind: RiskyKind | None
    ending: str
    claims: str = ""
    holds: str = ""
    hidden: bool = False
    version: tuple[int, ...] = ()

    @property
    def asks(self) -> bool:
        """True when a person must agree before the file is opened."""
        return self.kind is not None or self.hidden


def ending_of(name: str) -> str:
    """Return the ending by which a desktop chooses the program, in lower case; "" for none, or one of odd letters.

    Blanks and dots at the end are dropped, as Windows does; so is everything that is not seen.
    """
    seen = "".join(char for char in name if char.isprintable() or char == " ")
    last = re.split(r"[/\\]", seen)[-1].rstrip(" .\u3000\u00a0")
    _stem, dot, ending = last.rpartition(".")
    ending = ending.strip().lower()
    if not dot or len(ending) > _LONGEST_ENDING:
        return ""
    return ending if re.fullmatch(r"[a-z0-9_-]+", ending) else ""


def hides_ending(name: str) -> bool:
    """Return whether a name turns its direction round, or pushes its ending out of sight with blanks."""
    return re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]|[\\s\u2800\u3164]{8,}", name) is not None


def kind_of_content(head: bytes, tail: bytes = b"") -> RiskyKind | None:
    """Return the risky kind by a file's first bytes; `tail`: more of it, where the parts of a package are named."""
    for sign, kind in _SIGNS:
        if head.startswith(sign):
            return kind
    if head.startswith((_ZIP, _OFFICE)):
        return next((kind for name, kind in _INSIDE if name in head or name in tail), None)
    if extension_of(head, ""):
        return None
    text = head[:_HEAD].lower()
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = text.replace(b"\x00", b"")[2:]
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"#!"):
        return RiskyKind.SCRIPT
    found = (kind for pattern, kind in _WORDS if pattern.search(text))
    return next(found, None)


def examine(name: str, head: bytes, tail: bytes = b"", *, executable: bool = False) -> ExaminedFile:
    """Return what a file of this name and content is. `executable`: its mode says that it can be run."""
    ending = ending_of(name)
    by_name, by_content = _KIND_OF.get(ending), kind_of_content(head, tail)
    held = extension_of(head, "")[1:]
    if by_name is None and by_content is None and executable and not held:
        by_content = RiskyKind.PROGRAM
    claims = holds = ""
    family = next((one for one in _FAMILIES if ending in one), None)
    if family is not None and not any(ending in one and held in one for one in _FAMILIES):
        if by_content is not None:
            claims = ending
        elif held:
            claims, holds = ending, held
    kind = min((one for one in (by_name, by_content) if one is not None), key=_ORDER.index, default=None)
    return ExaminedFile(kind, ending, claims, holds, hidden=hides_ending(name))


def examine_file(path: Path, name: str) -> ExaminedFile:
    """Return what the file at `path` is, which its sender calls `name`. Blocks. Raises `OSError`; not a link's target.

    Both names count: the sender's, and the one on this disk.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        head = os.pread(handle, _PART, 0)
        tail = os.pread(handle, _PART, max(0, status.st_size - _PART))
    finally:
        os.close(handle)
    executable = bool(status.st_mode & 0o111)
    found = examine(name or path.name, head, tail, executable=executable)
    if found.kind is None and name:
        here = examine(path.name, head, tail, executable=executable)
        found = msgspec.structs.replace(found, kind=here.kind, ending=found.ending or here.ending)
    return msgspec.structs.replace(found, version=_version(status))


def unchanged(path: Path, examined: ExaminedFile) -> bool:
    """Return whether the file at `path` is still the one that was examined. Blocks."""
    try:
        return _version(path.lstat()) == examined.version
    except OSError:
        return False


def _version(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode


def safe_ending(examined: ExaminedFile, usual: str) -> str:
    """Return the ending, with its dot, under which a file is handed to a program: what it holds, else what it claims.

    `usual` is that of its kind of message, for a file that says neither.
    """
    return f".{examined.holds or examined.ending}" if examined.holds or examined.ending else usual
