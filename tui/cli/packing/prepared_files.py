"""Files of one command line as they are sent: folders packed, large ones in parts that are sent once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tui import errors
from tui.cli.packing.packing_options import PackingWishes
from tui.cli.sending.asking import letter_typed, somebody_there
from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import tell
from tui.cli.shared.step_line import StepLine
from tui.i18n import _, counted, translated
from tui.services.control.remote_client import RemoteClient
from tui.services.packing import archive, splitting
from tui.services.packing.sent_parts import SentParts, known_as_sent, row_states
from tui.services.packing.spool import Spool
from tui.services.packing.walk import Exclusions, FolderToPack
from tui.services.uploads.outgoing_file import FileSection, OutgoingFile, clean_name, limit, open_file
from tui.services.util.shell_words import shell_file
from tui.units import shown_size
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from io import BufferedIOBase

    from tui.cli.shared.client_opening import AnyClient
    from tui.services.control.protocol import Recipient, Sent
    from tui.store.models import StoredMessage
    from tui.wire.contacts import Contact

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
            path, name = _packed(self._setup, self._stack, path, self._endpoint, name, self._wishes)
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
            if (prepared := _split(self._setup, whole, self._endpoint, self._wishes, self._stack)) is not None:
                return prepared
        return PreparedFile([self._stack.enter_context(open_file(path, self._endpoint, kind, name))])


def _packed(
    setup: Setup, stack: ExitStack, path: Path, endpoint: Endpoint, name: str | None, wishes: PackingWishes
) -> tuple[Path, str]:
    """Pack a folder into a file that goes with `stack`, and return it with the name that it is sent under.

    What is left out is told. Raises `FileRefused`, `LocalError`.
    """
    form, exclusions = archive.ArchiveForm(wishes.pack), Exclusions(wishes.exclude)
    with FolderToPack(path) as folder, StepLine() as line:
        name = clean_name(name or archive.archive_name(folder, form))
        most = None if wishes.splits else limit(endpoint, MediaKind.FILE)
        spool = stack.enter_context(Spool(setup.profile.spool, name, limit=most))

        def counting(found: archive.FolderCount) -> None:
            if line.due:
                line.show(counted("counting: {count} file…", "counting: {count} files…", found.files))

        planned = archive.count(folder, form, exclusions, spool.path.parent, counting)
        line.erase()
        if planned.secrets:
            _expect_consent(folder.name, planned.secrets, yes=wishes.yes)
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


class SplitSending:
    """Parts of one file among the items of a command: which of them a receiver has already, and what is noted of them.

    The items are the parts, the file with their sums, and the text that says how to join them; each is known by its
    place among them.
    """

    def __init__(self, cache: Path, split: splitting.SplitFile, *, again: bool) -> None:
        self._split = split
        self._again = again
        self._note = SentParts(cache, split)
        self._names = [*(part.name for part in split.parts), split.sums_name, split.name]
        self._sent: dict[str, set[str]] = {}

    async def skips(self, client: AnyClient, to: Contact | Recipient, place: int) -> bool:
        """Return True for an item that this receiver has already; the first time tell how many these are."""
        if to.user_name not in self._sent:
            self._sent[to.user_name] = sent = set() if self._again else await self._known(client, to.user_name)
            self._tell_sent(sent)
        return self._names[place] in self._sent[to.user_name]

    def _tell_sent(self, sent: set[str]) -> None:
        name, total = self._split.name, len(self._split.parts)
        count = len(sent - {self._split.sums_name, name})
        if sent.issuperset(self._names):
            tell("wxtui: " + _("“{name}” was sent already; --again sends it again.").format(name=name))
        elif count:
            said = _("{count} of {total} parts of “{name}” were sent already.")
            tell("wxtui: " + said.format(count=count, total=total, name=name))

    async def _known(self, client: AnyClient, to: str) -> set[str]:
        sendings = self._note.sendings
        if not sendings:
            return set()
        if isinstance(client, RemoteClient):
            states = client.store.row_states(sendings, to)
        else:
            states = await row_states(client.store, sendings, to)
        sent, unsure = known_as_sent(sendings, to, states)
        for part in sorted(unsure - {self._split.name}):
            tell("wxtui: " + _("“{part}” may have arrived before; it is sent again.").format(part=part))
        if self._split.name in unsure:
            said = _("The text about the parts of “{name}” may have arrived before; it is sent again.")
            tell("wxtui: " + said.format(name=self._split.name))
        return sent

    def tell_rest(self) -> None:
        """Tell how to go on, when not all of it could be sent."""
        tell(
            "wxtui: " + _("“{name}”: the same command again sends what is missing of it.").format(name=self._split.name)
        )

    def begun(self, to: Contact | Recipient, place: int, row: int) -> None:
        """Note the row of an item, before anything of it leaves."""
        self._note.begin(self._names[place], to.user_name, row)

    def done(self, to: Contact | Recipient, place: int, sent: StoredMessage | Sent) -> None:
        """Note that an item was sent."""
        self._note.done(self._names[place], to.user_name, sent.id, sent.msg_id)

    def finished(self) -> None:
        """Forget what was noted: the command is done, and everybody has all of it."""
        self._note.forget(self._sent.keys())


def _split(
    setup: Setup, file: OutgoingFile, endpoint: Endpoint, wishes: PackingWishes, stack: ExitStack
) -> PreparedFile | None:
    """Return what is sent instead of a file; None for one that goes whole.

    Raises `UsageError` for a size of parts that makes no sense, `FileRefused`.
    """
    most = limit(endpoint, MediaKind.FILE)
    size = wishes.part_size or splitting.part_size_for(most)
    if not splitting.LEAST_PART <= size <= most:
        why = _("--part-size must be between {least} and {most}.")
        raise errors.UsageError(why=why.format(least=shown_size(splitting.LEAST_PART), most=shown_size(most)))
    if file.size <= (wishes.part_size or most):
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
    sums = stack.enter_context(_sums_file(setup, endpoint, split))
    sending = SplitSending(setup.profile.cache, split, again=wishes.again)
    return PreparedFile([*parts, sums, _how_to_join(split)], sending)


def _sums_file(setup: Setup, endpoint: Endpoint, split: splitting.SplitFile) -> OutgoingFile:
    from io import BytesIO

    from tui.services.uploads.outgoing_file import from_stream

    sums = BytesIO(split.sums.encode())
    return from_stream(sums, setup.profile.cache, endpoint, MediaKind.FILE, split.sums_name)


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
