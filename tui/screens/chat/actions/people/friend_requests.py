"""Actions on friend requests: list them, accept one, put one aside."""

from __future__ import annotations

from tui import errors
from tui.i18n import _, counted, joined
from tui.keymap import hint
from tui.message_summary import answer_words
from tui.screens.chat.actions.base import ActionGroup, ConfirmedAction
from tui.services.people import people_words
from tui.services.people.friend_requests import shown_name
from tui.store.models import ReceivedRequest, StoredMessage
from tui.units import short_time
from tui.widgets.base.one_line import IN_QUESTION, one_line
from tui.wire.bodies import FriendRequest, RequestAnswer


class FriendRequestActions(ActionGroup):
    """Answers those who want to be friends. Accepting tells them, so it is asked about each time."""

    async def requests(self, argument: str) -> None:
        """List the requests, the newest first, and go to the one that is chosen."""
        from tui.widgets.lists.choice_list import Choice

        found = await self._context.store.friend_requests()
        if not found:
            self._chat.tell(_("No friend requests."))
            return
        now = self._context.clock()

        def choice(one: ReceivedRequest) -> Choice[StoredMessage]:
            body = _asked(one.message)
            facts = (body.text, answer_words(body.answer), short_time(one.message.time, now))
            return Choice(one_line(shown_name(body)), one_line(" · ".join(filter(None, facts))), (), one.message)

        for message in await self._pick(_("Friend requests"), [choice(one) for one in found]):
            await self._chat.open(await self._context.store.conversation(message.conversation_id))
            await self._chat.message_log.go_to(message)
            self._chat.focus_log()

    async def accept(self, argument: str) -> ConfirmedAction:
        """Accept the request that is named, or selected, or the only one that waits."""
        message = await self._meant(argument)
        client, body = self._client(), _asked(message)
        if body.answer is RequestAnswer.ACCEPTED:
            raise errors.AlreadyFriends(name=shown_name(body))
        question = _("Accept the friend request of “{name}”? They become your contact, and are told.")
        if body.answer is RequestAnswer.UNKNOWN:
            question = _("It is not known whether “{name}” was accepted. Accept again?")

        async def accept() -> None:
            name = await client.people.friend_requests.accept(message)
            self._chat.tell(people_words.request_accepted(name))

        question = question.format(name=one_line(shown_name(body), IN_QUESTION))
        return ConfirmedAction(question, _("accept"), accept, "people", always=True, again="accept")

    async def ignore(self, argument: str) -> None:
        """Put a request aside; nobody is told, and it can still be accepted."""
        message = await self._meant(argument)
        name = await self._client().people.friend_requests.ignore(message)
        self._chat.tell(joined(people_words.request_ignored(name), hint("{accept} still accepts it.")))

    async def _meant(self, argument: str) -> StoredMessage:
        """Return the request that a command is about. Raises `NoFriendRequest`, `UsageError`."""
        if not argument:
            selected = self._chat.message_log.selected
            if selected is not None and isinstance(selected.body, FriendRequest):
                return selected
        found = await self._context.store.friend_requests()
        if argument:
            try:
                return await self._message(argument, [one.message for one in found])
            except errors.MessageUnknown:
                raise errors.NoFriendRequest(id=argument[:40]) from None
        waiting = [one.message for one in found if one.current and _asked(one.message).waits]
        if len(waiting) == 1:
            return waiting[0]
        if not waiting:
            raise errors.UsageError(why=_("No friend request waits for an answer."))
        several = counted("{count} friend request waits.", "{count} friend requests wait.", len(waiting))
        raise errors.UsageError(why=_("{several} Choose one: /requests").format(several=several))


def _asked(message: StoredMessage) -> FriendRequest:
    """Return the request in a message. Raises `NoFriendRequest`."""
    if not isinstance(message.body, FriendRequest):
        raise errors.NoFriendRequest(id=message.msg_id)
    return message.body
