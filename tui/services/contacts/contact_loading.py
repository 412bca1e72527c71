"""Loading of all contacts: page by page, each stored as it comes; one that broke goes on where it was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.services.util.background import child
from tui.services.util.suspend import steady
from tui.services.util.threads import Breath, in_own_thread
from tui.store.store import Store
from tui.wire.contact_answers import Listing
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import FILEHELPER, Endpoint
from tui.wire.people import contact_calls

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

MAX_PAGES: Final = 200
MAX_CONTACTS: Final = 50_000
"""Contacts after which a server that goes on and on is not asked for more."""
_HOLLOW: Final = 3
"""Pages in a row without anybody new, after which a list is over."""
_STALE: Final = 120.0
"""Seconds after which a list that broke off is begun anew: the server may not know its place any more."""
_TRIES: Final = 3
"""Times that a group is asked for whose answer cannot be used."""
_SMALL: Final = 20
"""Contacts from which on a list that lacks more than half of them is not believed."""

FILEHELPER_CONTACT: Final = Contact(
    FILEHELPER, "文件传输助手", kind=ContactKind.SPECIAL, pinyin=("wjcszs", "wenjianchuanshuzhushou")
)


class ContactListing:
    """List of contacts as its pages come in. `before` are the UserNames that were known, and that it should name."""

    def __init__(self, before: Set[str]) -> None:
        self._before = before
        self._asked = {0}
        self._pages = self._hollow = 0
        self._listed: set[str] = set()
        self._whole = False
        self.seq = 0
        """Place of the next page."""
        self.over = False
        """True once there is nothing more to ask for."""

    def __len__(self) -> int:
        return len(self._listed)

    def take(self, names: Iterable[str], next_seq: int) -> None:
        """Take in a page. A server that gives the same ones again and again is not asked for ever."""
        before = len(self._listed)
        self._listed.update(names)
        self._pages += 1
        self._hollow = 0 if len(self._listed) > before else self._hollow + 1
        self._whole = not next_seq
        endless = self._pages >= MAX_PAGES or len(self._listed) >= MAX_CONTACTS or self._hollow >= _HOLLOW
        self.over = self._whole or endless or next_seq in self._asked
        self._asked.add(next_seq)
        self.seq = next_seq

    @property
    def cut_off(self) -> bool:
        """True for a list that ended too early to be believed: it is empty, or lacks most of those known."""
        missing = len(self._before - self._listed)
        return (bool(self._before) and not self._listed) or missing * 2 > len(self._before) >= _SMALL

    @property
    def gone(self) -> Set[str]:
        """UserNames that are no contacts any more. Nobody is, where the list broke off, or is cut off.

        Who is deleted on the phone is told by sync as well; a list that ends too early must not hide everybody.
        """
        return self._before - self._listed if self._whole and not self.cut_off else frozenset()


class ContactLoading:
    """Fetches the list of contacts (PROTOCOL section 2.7) and the groups in it (2.8)."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store
        self._alone = asyncio.Lock()
        self._listing: ContactListing | None = None
        self._moved = 0.0
        self._ended: float | None = None
        self._mentioned: tuple[str, ...] = ()
        self._newer: set[str] = set()
        self._refused: Counter[str] = Counter()
        self.on_progress: Callable[[], None] = lambda: None
        self.count: int | None = None
        """Contacts that have come so far; None while none are on their way."""

    def mention(self, groups: Sequence[str]) -> None:
        """Note groups that the list may leave out: they are fetched with the others."""
        self._mentioned = tuple(groups)

    def supersede(self, user_names: Iterable[str]) -> None:
        """Note whom sync tells of now: a page that was asked for earlier says what they were."""
        if self._listing is not None:
            self._newer.update(user_names)

    async def load(self) -> None:
        """Load all, or what an earlier try left. Who calls while another loads waits for that.

        Raises `NetworkError`, `ServerRefused`, `LocalError`; what has come is stored. `SessionOver` also where another
        login has begun: what comes is nothing to that.
        """
        asked = steady()
        async with self._alone:
            if self._ended is not None and self._ended >= asked:
                return
            try:
                await self._load()
                self._ended = steady()
            finally:
                self._tell(None)

    async def fetch(self, user_names: Iterable[str], *, recognise: bool = True) -> None:
        """Fetch details of these groups or people, 50 a call; unknown ones are left out."""
        names = tuple(dict.fromkeys(user_names))
        for start in range(0, len(names), contact_calls.BATCH):
            part = names[start : start + contact_calls.BATCH]
            call = contact_calls.batch_get(self._context.session, part, now_ms=self._context.ids.now_ms())
            try:
                found = await _read(await self._context.transport.run(call))
            except (errors.Unreachable, errors.TooFrequent, errors.SessionOver):
                raise
            except errors.WxtuiError:
                self._refused.update(part)
                raise
            await self._store.save_fetched(self._context.session, found, recognise=recognise)

    async def _load(self) -> None:
        listing = self._listing
        if listing is None or steady() - self._moved > _STALE:
            listing = self._listing = ContactListing(await self._store.listed_names())
            self._refused.clear()
            self._newer.clear()
        if not listing.over:
            await self._load_pages(listing)
        # The list names groups without their members, whose names messages need, and a nameless group most of all.
        groups = await self._store.contacts_of(self._context.session, ContactKind.GROUP)
        bare = [group.user_name for group in groups if not any(member.name for member in group.members)]
        known = {group.user_name for group in groups}
        wanted = [*bare, *(name for name in self._mentioned if name not in known)]
        await self.fetch((name for name in wanted if self._refused[name] < _TRIES), recognise=False)
        self._listing = None
        # Somebody may lack on a list that was cut off: it is asked for again before a name is looked up in it, and no
        # history is given to the only one of a name.
        if not listing.cut_off:
            await self._store.end_loading(self._context.session)

    async def _load_pages(self, listing: ContactListing) -> None:
        """Fetch one page after another; each is stored while the next is on its way."""
        self._tell(len(listing))
        coming = child(self._page(listing.seq))
        try:
            while not listing.over:
                found, following = await coming
                listing.take((one.user_name for one in found), following)
                if not listing.over:
                    coming = child(self._page(listing.seq))
                self._tell(len(listing))
                older = [one for one in found if one.user_name not in self._newer]
                await self._store.save_fetched(self._context.session, older, recognise=False)
                self._moved = steady()
            if not listing.cut_off:
                await self._store.end_listing(self._context.session, listing.gone - self._newer)
        except (errors.NetworkError, errors.ServerRefused):
            raise
        except BaseException:
            # The last page may not have been stored.
            self._listing = None
            raise
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _page(self, seq: int) -> tuple[list[Contact], int]:
        """Fetch a page; return it, and the place of the next one."""
        session, ids = self._context.session, self._context.ids
        page = await self._context.transport.run(contact_calls.get_contacts(session, seq, now_ms=ids.now_ms()))
        found = await _read(page.contacts)
        if session.endpoint is Endpoint.FILEHELPER and not page.next_seq:
            # Every account has it, also where the server's list leaves it out.
            found += [] if any(one.user_name == FILEHELPER for one in found) else [FILEHELPER_CONTACT]
        return found, page.next_seq

    def _tell(self, count: int | None) -> None:
        if count != self.count:
            self.count = count
            self.on_progress()


async def _read(listing: Listing) -> list[Contact]:
    """Return all contacts of a listing, read beside the event loop: thousands take longer than a frame."""

    def read(breath: Breath) -> list[Contact]:
        found = []
        for contact in listing:
            found.append(contact)
            breath()
        return found

    return await in_own_thread(read)
