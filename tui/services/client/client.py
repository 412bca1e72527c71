"""Client of one logged-in profile: the services that use its session and its store."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tui.paths import Profile
from tui.services.contacts.directory import Directory
from tui.services.control.protocol import Account
from tui.services.sending.chat import Chat
from tui.store.store import Store
from tui.wire import send

if TYPE_CHECKING:
    from tui.services.people.contact_changes import ContactChanges
    from tui.services.people.groups import Groups
    from tui.services.people.people import PeopleService
    from tui.services.session.context import SessionContext
    from tui.services.uploads.file_upload import FileUpload


class Client:
    """Holds the services of one profile, on one session and one store."""

    def __init__(self, profile: Profile, context: SessionContext, store: Store) -> None:
        self.profile = profile
        self.context = context
        self.store = store
        self.directory = Directory(context, store)
        self.chat = Chat(context, store)

    @cached_property
    def file_upload(self) -> FileUpload:
        """Sender of files; imported when there is one to send."""
        from tui.services.uploads.file_upload import FileUpload

        return FileUpload(self.context, self.store)

    @cached_property
    def changes(self) -> ContactChanges:
        """Makes the calls that change contacts and groups; imported for the first."""
        from tui.services.people import contact_changes

        return contact_changes.ContactChanges(self.context, contact_changes.PAUSE, self.store)

    @property
    def changing(self) -> bool:
        """True while a contact or a group is being changed."""
        return "changes" in self.__dict__ and self.changes.under_way

    @cached_property
    def groups(self) -> Groups:
        """Makes and changes groups; imported for the first."""
        from tui.services.people.groups import Groups

        return Groups(self.context, self.store, self.directory, self.changes)

    @cached_property
    def people(self) -> PeopleService:
        """Friend requests, remarks and pins; imported for the first."""
        from tui.services.people.people import PeopleService

        return PeopleService(self.changes, self.store, self.directory)

    @property
    def account(self) -> Account:
        """Account of the session."""
        session = self.context.session
        return Account(session.nick_name, session.endpoint.value, session.hosts.api)

    async def check(self) -> Account:
        """Ask the server whether the session is usable, by the lightest call there is. Raises `SessionOver` if not."""
        await self.context.transport.run(send.hello(self.context.session, str(self.context.ids.now_ms())))
        return self.account
