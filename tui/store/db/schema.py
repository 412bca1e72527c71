"""The tables of the database, and the steps from one version of them to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, TypeAlias

from tui.store.search import index
from tui.wire.names import SERVICE_ACCOUNTS

Step: TypeAlias = tuple[str | Callable[[sqlite3.Connection], None], ...]
"""Turns a file of one version into one of the next: statements, and functions where SQL falls short."""

APPLICATION_ID: Final = 0x77787475
"""`PRAGMA application_id` of our files: "wxtu". Somebody else's database is never written to."""


def _special_services(connection: sqlite3.Connection) -> None:
    """Mark the conversations of accounts that count as special now, and were taken for people before."""
    for name in sorted(SERVICE_ACCOUNTS):
        connection.execute(
            "UPDATE conversation SET kind = 'special', special = ?1 WHERE id IN"
            " (SELECT max(id) FROM conversation WHERE user_name = ?1 AND special = '' GROUP BY uin)"
            " AND NOT EXISTS (SELECT 1 FROM conversation AS other"
            " WHERE other.uin = conversation.uin AND other.special = ?1)",
            (name,),
        )


_FIRST: Final[Step] = (
    # Sync keys belong to one login and change with every batch; they live in its row.
    """CREATE TABLE login (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        user_name TEXT NOT NULL,
        started_ms INTEGER NOT NULL,
        contacts_refreshed_ms INTEGER,
        keys TEXT NOT NULL
    )""",
    # `data` is a wire Contact as JSON. Rows of earlier logins stay: they name the senders of old messages.
    """CREATE TABLE contact (
        id INTEGER PRIMARY KEY,
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        kind TEXT NOT NULL,
        gone INTEGER NOT NULL DEFAULT 0,
        data TEXT NOT NULL,
        UNIQUE (login_id, user_name)
    )""",
    # `login_id` and `user_name` are where the conversation was last reachable, a copy of its newest `peer` row.
    # `special` is the UserName of an account that has the same name at every login of `uin`, else ''.
    # `last_ms` and `last_message_id` are the place of the newest message: the list is read without looking for it.
    """CREATE TABLE conversation (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        special TEXT NOT NULL DEFAULT '',
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL,
        muted INTEGER NOT NULL DEFAULT 0,
        pinned INTEGER NOT NULL DEFAULT 0,
        unread INTEGER NOT NULL DEFAULT 0,
        draft TEXT NOT NULL DEFAULT '',
        last_ms INTEGER NOT NULL DEFAULT 0,
        last_message_id INTEGER
    )""",
    "CREATE UNIQUE INDEX conversation_special ON conversation (uin, special) WHERE special <> ''",
    "CREATE INDEX conversation_list ON conversation (login_id, pinned DESC, last_ms DESC, id DESC)",
    # UserNames are valid for one login only (PROTOCOL section 3).
    """CREATE TABLE peer (
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        PRIMARY KEY (login_id, user_name)
    ) WITHOUT ROWID""",
    "CREATE INDEX peer_conversation ON peer (conversation_id)",
    # `msg_id` is NULL until the server has given one; `client_msg_id` is '' on what this program did not send.
    # `recalls` is the MsgID that a revoke notice names: the message may come after its notice.
    """CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        login_id INTEGER NOT NULL REFERENCES login(id),
        time_ms INTEGER NOT NULL,
        mine INTEGER NOT NULL,
        sender TEXT NOT NULL,
        state TEXT NOT NULL,
        msg_id TEXT,
        client_msg_id TEXT NOT NULL DEFAULT '',
        to_user_name TEXT NOT NULL DEFAULT '',
        media_id TEXT NOT NULL DEFAULT '',
        sent_ms INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        recalls TEXT,
        body TEXT NOT NULL,
        content TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE UNIQUE INDEX message_msg_id ON message (msg_id) WHERE msg_id IS NOT NULL",
    "CREATE INDEX message_place ON message (conversation_id, time_ms, id)",
    "CREATE INDEX message_sent ON message (time_ms, id) WHERE state = 'sent'",
    "CREATE INDEX message_sent_there ON message (conversation_id, time_ms, id) WHERE state = 'sent'",
    "CREATE INDEX message_unknown ON message (conversation_id, time_ms, id) WHERE state = 'unknown'",
    "CREATE INDEX message_recalls ON message (recalls) WHERE recalls IS NOT NULL",
    f"PRAGMA application_id = {APPLICATION_ID}",
)

_SECOND: Final[Step] = (
    # Quiet on this computer, whatever the phone says of it (`muted`).
    "ALTER TABLE conversation ADD COLUMN hushed INTEGER NOT NULL DEFAULT 0",
)

_THIRD: Final[Step] = (
    # 1: what waits in the outbox of a program that stays (ARCHITECTURE); it outlives that program's death.
    # 0: of a command that ends with its message; who started it was told that it failed.
    "ALTER TABLE message ADD COLUMN queued INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX message_unfinished ON message (id) WHERE state IN ('pending', 'sending')",
    # When the server was last heard: what came between that and the next login was never seen here.
    "ALTER TABLE login ADD COLUMN synced_ms INTEGER",
    # A time that no sync covers. It stands between the message with row id `after_id` and those stored later.
    """CREATE TABLE gap (
        id INTEGER PRIMARY KEY,
        uin TEXT NOT NULL,
        since_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL,
        after_id INTEGER NOT NULL
    )""",
    # Uploads: which file a pending message is of, and which parts of it the server has (PROTOCOL section 6).
    # `login_id` to `parts_done` are of the upload that was begun; parts are good for the session that sent them.
    """CREATE TABLE upload (
        message_id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        paused INTEGER NOT NULL DEFAULT 0,
        md5 TEXT NOT NULL DEFAULT '',
        login_id INTEGER REFERENCES login(id),
        client_media_id TEXT NOT NULL DEFAULT '',
        aes_key TEXT NOT NULL DEFAULT '',
        signature TEXT NOT NULL DEFAULT '',
        parts_done INTEGER NOT NULL DEFAULT 0
    )""",
    # A contact that may be the one of an older conversation, or of several; a person decides (PROTOCOL section 3).
    """CREATE TABLE doubt (
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        PRIMARY KEY (login_id, user_name, conversation_id)
    ) WITHOUT ROWID""",
    # Small values under a key, see `key_value`: where a person was, and such.
    "CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # All conversations in one order: what is searched everywhere, and what is too old to be kept.
    "CREATE INDEX message_time ON message (time_ms, id)",
    # The table `search`, with the words of every message.
    index.rebuild,
)

_FOURTH: Final[Step] = (
    # States `revoking` and `revoke_unknown` came with this version. What can still be taken back is found by these.
    "DROP INDEX message_sent",
    "DROP INDEX message_sent_there",
    "CREATE INDEX message_sent ON message (id) WHERE state IN ('sent', 'revoke_unknown')",
    "CREATE INDEX message_sent_there ON message (conversation_id, id) WHERE state IN ('sent', 'revoke_unknown')",
    "CREATE INDEX message_revoking ON message (id) WHERE state = 'revoking'",
    "CREATE INDEX gap_since ON gap (since_ms)",
    # How many files this login has begun to upload, in whichever process: n of the next one's `WU_FILE_n`.
    "ALTER TABLE login ADD COLUMN files INTEGER NOT NULL DEFAULT 0",
    # n of this file's `WU_FILE_n`, and its MediaId once the server has the whole file.
    "ALTER TABLE upload ADD COLUMN number INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE upload ADD COLUMN media_id TEXT NOT NULL DEFAULT ''",
)

_FIFTH: Final[Step] = (
    # How a message names oneself, the value of a `Mention`; '' when it does not.
    "ALTER TABLE message ADD COLUMN mention TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX message_mention ON message (time_ms, id) WHERE mention <> ''",
    # How many of the unread messages name oneself.
    "ALTER TABLE conversation ADD COLUMN mentions INTEGER NOT NULL DEFAULT 0",
    # Rule of this conversation on this computer, `NotifyRule`; '' where that of its kind counts.
    "ALTER TABLE conversation ADD COLUMN notify TEXT NOT NULL DEFAULT ''",
    # Until when it is `hushed`; 0: for good.
    "ALTER TABLE conversation ADD COLUMN hushed_until_ms INTEGER NOT NULL DEFAULT 0",
    # 1 while a message that names oneself is unread; `conversation.mentions` is how many of these there are.
    "ALTER TABLE message ADD COLUMN mention_unread INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX message_mention_unread ON message (conversation_id) WHERE mention_unread = 1",
    # How long that was when it began: a clock that was ahead then, and is right now, must not make it last for years.
    "ALTER TABLE conversation ADD COLUMN hushed_for_ms INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX conversation_hushed_until ON conversation (hushed_until_ms) WHERE hushed_until_ms > 0",
    _special_services,
    # Friend requests are few among all messages; what became of one stands in its body.
    """CREATE INDEX message_friend_request ON message (id) WHERE substr(body, 1, 23) = '{"type":"FriendRequest"'""",
    # That the contact of a login is one of an earlier login, or is not: see `identity/identifications`.
    """CREATE TABLE identification (
        login_id INTEGER NOT NULL REFERENCES login(id),
        user_name TEXT NOT NULL,
        earlier_login_id INTEGER NOT NULL REFERENCES login(id),
        earlier_user_name TEXT NOT NULL,
        state TEXT NOT NULL,
        evidence TEXT NOT NULL DEFAULT '',
        decided_by TEXT NOT NULL DEFAULT '',
        time_ms INTEGER NOT NULL,
        PRIMARY KEY (login_id, user_name, earlier_login_id, earlier_user_name)
    ) WITHOUT ROWID""",
    "CREATE INDEX identification_apart ON identification (login_id) WHERE state <> 'joined'",
    # 1: a person took it out of another one, so that only a person says whose it is.
    "ALTER TABLE conversation ADD COLUMN split_off INTEGER NOT NULL DEFAULT 0",
    # UserName in whose conversation it was written or came, where that is not said by its login and `to_user_name`:
    # what waited got another address, or two contacts of that login were taken for one.
    "ALTER TABLE message ADD COLUMN chat TEXT NOT NULL DEFAULT ''",
    # Until which row messages were stored without looking for mentions; `tables/mentions` looks back to them.
    "INSERT INTO memory (key, value) SELECT 'mentions.look_back', max(id) FROM message HAVING max(id) > 0",
)

MIGRATIONS: Final[tuple[Step, ...]] = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)
"""Step n brings a file from `user_version` n to n + 1. Released steps are never edited, only added to."""

VERSION: Final = len(MIGRATIONS)
"""The `user_version` that this program reads and writes."""
