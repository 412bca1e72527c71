"""Every request of a command, and what carries it out: the tables of the topics, as one."""

from __future__ import annotations

from typing import Final

from tui.services.control_server import (
    group_handlers,
    message_handlers,
    notify_handlers,
    people_handlers,
    session_handlers,
    store_handlers,
    upload_handlers,
)
from tui.services.control_server.job import Handlers

HANDLERS: Final[Handlers] = (
    group_handlers.HANDLERS
    | message_handlers.HANDLERS
    | notify_handlers.HANDLERS
    | people_handlers.HANDLERS
    | upload_handlers.HANDLERS
    | session_handlers.HANDLERS
    | store_handlers.HANDLERS
)
