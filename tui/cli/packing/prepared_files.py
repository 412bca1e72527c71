"""Files of one command line as they are sent: folders packed, large ones in parts that are sent once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tui import errors
from tui.cli.packing.packing_options import PackingWishes
from tui.cli.packing.split_sending import SplitSending
from tui.cli.sending.asking import letter_typed, somebody_there
from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import tell
from tui.cli.shared.step_line import StepLine
from tui.i18n import _, counted, translated
from tui.services.packing import archive, splitting
from tui.services.packing.spool import Spool
from tui.services.packing.walk import Exclusions, FolderToPack
from tui.services.uploads.outgoing_file import FileSection, OutgoingFile, clean_name, from_stream, limit, open_file
from tui.services.util.shell_words import shell_file
from tui.units import shown_size
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from io import BufferedIOBase

_READ: Final = 1024 * 1024
_TOLD: Final = 10
"""Things left out that are named; more are counted."""


class PreparedFile(NamedTuple):
    """Messages for one FILE: itself, or its parts, their sums and a text; `split` knows which of them were sent."""

    items: list[str | OutgoingFile]
    split: SplitSending | None = None


class FilePreparer:
    """Makes ready what is sent for each FILE of a command; all of it goes with `stack`."""

    def __init__(self, setup: Setup, stack: ExitStack, endpoint: Endpoint, wishes: PackingWishes) -> None:
        self._setup = setup
        self._stack = stack
        self._endpoint = endpoint
        self._wishes = wishes

    def file(self, path: Path, kind: MediaKind, name: str | None) -> PreparedFile:
        """Prepare the file or folder that a person named. Raises `FileRefused`, `LocalError`, `UsageError`."""
        if self._wishes.pack and path.is_dir():
            path, name = self._packed(path, name)
            kind = MediaKind.FILE
        try:
            return self._in_parts(path, kind, name)
        except errors.FileWithoutSize:
            # Below /proc and /sys: the contents at this moment.
            with path.open("rb") as stream:
                return self.stream(stream, kind, name or path.name)

    def stream(self, stream: BufferedIOBase, kind: MediaKind, name: str) -> PreparedFile:
        """Prepare what comes from a stream; it is kept in the spool, from which parts can be read."""
        most = None if self._wishes.splits else limit(self._endpoint, MediaKind.FILE)
        spool = self._stack.enter_context(Spool(self._setup.profile.spool, clean_name(name), limit=most))
        while block := stream.read1(_READ):
            spool.write(block)
        return self._in_parts(spool.path, kind, name)

    def _in_parts(self, path: Path, kind: MediaKind, name: str | None) -> PreparedFile:
        if self._wishes.splits:
            whole = self._stack.enter_context(open_file(path, self._endpoint, kind, name, any_size=True))
            if (prepared := self._split(whole)) is not None:
                return prepared
        return PreparedFile([self._stack.enter_context(open_file(path, self._endpoint, kind, name))])

    def _packed(self, path: Path, name: str | None) -> tuple[Path, str]:
        """Pack a folder into a file that goes with the stack, and return it with the name that it is sent under.

        What is left out is told. Raises `FileRefused`, `LocalError`.
        """
        form, exclusions = archive.ArchiveForm(self._wishes.pack), Exclusions(self._wishes.exclude)
        with FolderToPack(path) as folder, StepLine() as line:
            name = clean_name(name or archive.archive_name(folder, form))
            most = None if self._wishes.splits else limit(self._endpoint, MediaKind.FILE)
            spool = self._stack.enter_context(Spool(self._setup.profile.spool, name, limit=most))

            def counting(found: archive.FolderCount) -> None:
                if line.due:
                    line.show(counted("counting: {count} file…", "counting: {count} files…", found.files))

            planned = archive.count(folder, form, exclusions, spool.path.parent, counting)
            line.erase()
            if planned.secrets:
                _expect_consent(folder.name, planned.secrets, yes=self._wishes.yes)
            spool.check_room(planned.room)

            def packing(found: archive.FolderCount) -> None:
                if line.due:
                    line.show(
                        _("packing “{name}”: {done} of {count} files, {size}").format(
                            name=folder.name, done=found.files, count=planned.files, size=shown_size(found.size)
                        )
                    )

            packed = archive.pack(folder, form, exclusions, spool, packing)
        packed.left_out |= planned.left_out
        _tell_left_out(packed, exclusions)
        return spool.path, name

    def _split(self, file: OutgoingFile) -> PreparedFile | None:
        """Return what is sent instead of a file; None for one that goes whole.

        Raises `UsageError` for a size of parts that makes no sense, `FileRefused`.
        """
        most = limit(self._endpoint, MediaKind.FILE)
        size = self._wishes.part_size or splitting.part_size_for(most)
        if not splitting.LEAST_PART <= size <= most:
            why = _("--part-size must be between {least} and {most}.")
            raise errors.UsageError(why=why.format(least=shown_size(splitting.LEAST_PART), most=shown_size(most)))
        if file.size <= (self._wishes.part_size or most):
            return None
        if splitting.count_of_parts(file.size, size) > splitting.MOST_PARTS:
            why = _("“{name}” would have more than {count} parts; give a larger --part-size.")
            raise errors.UsageError(why=why.format(name=file.name, count=splitting.MOST_PARTS))
        with StepLine() as line:

            def hashing(done: int) -> None:
                if line.due:
                    line.show(
                        _("checksums of “{name}”: {done} of {total}").format(
                            name=file.name, done=shown_size(done), total=shown_size(file.size)
                        )
                    )

            split = splitting.split(file.name, file.size, size, file.read_into, hashing)
        parts = [file.part(part.name, FileSection(part.first, part.size)) for part in split.parts]
        sums = self._stack.enter_context(self._sums_file(split))
        sending = SplitSending(self._setup.profile.cache, split, again=self._wishes.again)
        return PreparedFile([*parts, sums, _how_to_join(split)], sending)

    def _sums_file(self, split: splitting.SplitFile) -> OutgoingFile:
        from io import BytesIO

        sums = BytesIO(split.sums.encode())
        return from_stream(sums, self._setup.profile.cache, self._endpoint, MediaKind.FILE, split.sums_name)


def _expect_consent(folder: str, secrets: Sequence[str], *, yes: bool) -> None:
    """Name what looks like a secret, and ask whether it is to be packed: nobody has named these files.

    Without a terminal it is packed, and said, as a single file is sent. Raises `SecretInFolder`.
    """
    asks = somebody_there() and not yes
    if asks:
        said = counted(
            "{count} file in “{name}” looks like a secret:",
            "{count} files in “{name}” look like secrets:",
            len(secrets),
            name=folder,
        )
    else:
        said = counted(
            "{count} file in “{name}” looks like a secret, and is packed:",
            "{count} files in “{name}” look like secrets, and are packed:",
            len(secrets),
            name=folder,
        )
    tell(f"wxtui: {said}")
    for path in secrets[:_TOLD]:
        tell(f"  {path}")
    if len(secrets) > _TOLD:
        tell("  …")
    if asks and letter_typed(_("Pack and send it? (y) yes, (n) no:")) != "y":
        raise errors.SecretInFolder(name=secrets[0])


def _tell_left_out(packed: archive.FolderCount, exclusions: Exclusions) -> None:
    for pattern in exclusions.unused:
        tell("wxtui: " + _("--exclude “{pattern}” left nothing out.").format(pattern=pattern))
    for path, why in list(packed.left_out.items())[:_TOLD]:
        tell("wxtui: " + _("“{path}” was left out: {why}.").format(path=path, why=translated(why)))
    if (more := len(packed.left_out) - _TOLD) > 0:
        tell("wxtui: " + counted("{count} more was left out.", "{count} more were left out.", more))
    for path in packed.grown[:_TOLD]:
        tell("wxtui: " + _("“{path}” grew while it was packed; what was added since is not in it.").format(path=path))


def _how_to_join(split: splitting.SplitFile) -> str:
    said = _(
        "“{name}” ({size}) in {count} parts. Save them all and “{sums}” in one folder, then run there:\n{line}\n"
        "or: wxtui join {word}"
    )
    return said.format(
        name=split.name,
        size=shown_size(split.size),
        count=len(split.parts),
        sums=split.sums_name,
        line=split.shell_line,
        word=shell_file(split.name),
    )
