"""A program that types, to be killed: `python -m tests.support.sending_program ORIGIN TEXT...`

Logs in (or resumes), says `ready`, sends what it is given to 李四, one after another, and stays. It says `typed N` when
the Nth is committed, and the state of each when its fate is known. A last text `s/old/new/` changes the one before it
once that is sent; with `die STATES` behind it the program kills itself as soon as its messages are stored so
(`pending+`: queued).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from typing import Any

from tui.commands import Correction, parse
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.outbox import Outbox
from tui.services.sending.correcting import corrected_of
from tui.services.session.context import SessionContext
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.sync.sync_loop import SyncLoop
from tui.store.delivery_state import DeliveryState
from tui.store.store import Store
from tui.wire.names import Endpoint


def die_at(store: Store, wanted: str) -> None:
    """Kill this program in the moment in which it is committed that its messages stand so."""
    write = store._database._write

    def watched(job: Any) -> Any:
        done = write(job)
        rows = store._database._connection.execute(
            "SELECT state, queued FROM message WHERE mine AND state <> 'received' ORDER BY id"
        )
        if " ".join(f"{state}{'+' * (queued and state == 'pending')}" for state, queued in rows) == wanted:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    # Killed between a commit and whatever follows it, which no public seam reaches.
    store._database._write = watched  # type: ignore[method-assign]


async def main(origin: str, texts: list[str]) -> None:
    profile = find_profile("default")
    with OwnerLock(profile):
        async with log_in(profile, LoginOptions(Endpoint.WEB, origin), lambda event: None) as client:
            await client.store.repair()
            found = Counter([one.message.state async for page in client.store.export() for one in page])
            states = DeliveryState.UNKNOWN, DeliveryState.CANCELLED, DeliveryState.PENDING
            print("repaired", *(found[state] for state in states), flush=True)
            outbox = Outbox(client.store, lambda upload: None)
            outbox.renew(client)

            async def session() -> SessionContext:
                return client.context

            await outbox.resume()
            syncing = asyncio.create_task(SyncLoop(client.context, client.store, client.directory).run())
            ann = await client.directory.resolve("李四")
            print("ready", flush=True)
            end_at = texts.pop() if texts[-2:-1] == ["die"] else ""
            texts = [text for text in texts if text != "die"]
            change = parse(texts[-1]) if texts else None
            if isinstance(change, Correction):
                texts.pop()
            tasks = [
                asyncio.create_task(
                    outbox.text(ann, text, lambda row, number=number: print("typed", number, flush=True))
                )
                for number, text in enumerate(texts)
            ]
            for end in asyncio.as_completed(tasks):
                row = await end
                print(row.state.value, flush=True)
            if isinstance(change, Correction):
                corrected = corrected_of([await client.store.row(row.id)], change.applied, outbox.revoker)
                print("correcting", flush=True)
                if end_at:
                    die_at(client.store, end_at)
                await outbox.correct(corrected, ann, session)
                print("corrected", flush=True)
            await syncing


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
