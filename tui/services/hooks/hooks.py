"""Hooks of the running program: what happened goes to the command that the person has set for it in `config.toml`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from tui.config.settings import Settings
from tui.errors import LocalError, WxtuiError
from tui.i18n import say
from tui.paths import Profile
from tui.services.attention.attention import rings_now
from tui.services.attention.late_mentions import LateMentions
from tui.services.hooks.hook_queue import LEAVING, HookQueue
from tui.services.hooks.hook_run import LIMIT
from tui.services.message_json import facts
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.errors import NoSuchRow, StoreClosed
from tui.store.models import StoredMessage
from tui.store.store import Store

ON_MESSAGE: Final = "on_message"
ON_MENTION: Final = "on_mention"
ON_UPLOAD: Final = "on_upload"
ON_SESSION_END: Final = "on_session_end"

_TELLING: Final = frozenset({UploadState.SENT, UploadState.FAILED, UploadState.UNKNOWN})
"""Ends of an upload that are no wish of the person."""


class Hooks:
    """Hooks of a profile, each with a queue of its own. Used on the event loop."""

    def __init__(self, settings: Settings, profile: Profile, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._profile = profile
        self._queues: dict[str, HookQueue] = {}
        self._old: list[HookQueue] = []
        self._told: set[int] = set()
        self._late = LateMentions()
        self._patience = LEAVING
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """Have the commands of these settings from now on; what waits for another one still gets that."""
        self._settings, commands = settings, settings.hooks
        for name in {*self._queues, *commands}:
            command = tuple(commands.get(name, ()))
            queue = self._queues.get(name)
            if queue is not None and queue.command != command:
                self._old = [*(one for one in self._old if one.works), self._queues.pop(name)]
            if command and name not in self._queues:
                self._queues[name] = HookQueue(name, command, self._profile.name, cwd=_home())

    def arrived(self, messages: Sequence[StoredMessage]) -> None:
        """Hand on messages that came, as `wxtui listen` prints them: not those that this program sends."""
        on_message, on_mention = self._queues.get(ON_MESSAGE), self._queues.get(ON_MENTION)
        for message in messages:
            if message.outgoing:
                continue
            facts_of = partial(self._message_facts, message)
            if on_message is not None:
                on_message.put(facts_of)
            self._late.came(message)
            if message.mention is not None and on_mention is not None:
                on_mention.put(facts_of)

    def changed(self, message: StoredMessage) -> None:
        """Hand on a message that came a while ago, and of which only now is known that it names oneself."""
        if self._late.is_one(message) and (queue := self._queues.get(ON_MENTION)) is not None:
            queue.put(partial(self._message_facts, message))

    def upload_moved(self, upload: Upload) -> None:
        """Hand on an upload once it is over, unless the person has cancelled it."""
        if upload.state not in _TELLING:
            self._told.discard(upload.id)
        elif upload.id not in self._told and (queue := self._queues.get(ON_UPLOAD)) is not None:
            self._told.add(upload.id)
            why = "" if upload.error is None else say(upload.error)
            queue.put(partial(self._upload_facts, upload, upload.state, why))

    def session_ended(self, error: WxtuiError, *, last: bool) -> None:
        """Hand on that the session is over, once: whoever starts wxtui again and again is not told each time. `last`:
        the program ends by it, and waits for what its hooks do."""
        if last:
            self._patience = LIMIT
        if (queue := self._queues.get(ON_SESSION_END)) is not None:
            reason = {"reason": error.code, "text": say(error)}
            told = {"time": self._clock().isoformat(), "profile": self._profile.name, **reason}
            queue.put(partial(self._end_facts, told))

    async def close(self) -> None:
        """End all commands, once they had a moment more; say what was left out."""
        await asyncio.gather(*(queue.close(self._patience) for queue in (*self._queues.values(), *self._old)))

    async def _end_facts(self, told: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the object of the end of a session; None where this end was told before."""
        with suppress(LocalError, StoreClosed):
            # A store that cannot be written to keeps nobody from being told.
            if not await self._store.note_end():
                return None
        return told

    async def _message_facts(self, message: StoredMessage) -> Mapping[str, Any]:
        """Return the object of a message that `wxtui listen --json` prints."""
        rings = await rings_now(self._store, message, self._settings, self._clock())
        return facts((await self._store.named([message]))[0], rings)

    async def _upload_facts(self, upload: Upload, state: UploadState, why: str) -> Mapping[str, Any]:
        """Return the object of the file's message, with how the upload ended, and why."""
        told: dict[str, Any] = {}
        if (row := upload.row) is not None:
            with suppress(NoSuchRow):
                row = await self._store.row(row.id)
            told |= facts((await self._store.named([row]))[0])
        return told | {"upload": state.value, "path": str(upload.path), "error": why}


def _home() -> str:
    """Return the folder in which hooks run: one that does not depend on where wxtui was started."""
    with suppress(RuntimeError):
        if (home := Path.home()).is_dir():
            return str(home)
    return "/"
