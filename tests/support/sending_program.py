"""A program that types, to be killed: `python -m tests.support.sending_program ORIGIN TEXT...`

Logs in (or resumes), says `ready`, sends what it is given to 李四, one after another, and stays. It says `typed N` when
the Nth is committed, and the state of each when its fate is known.
"""

from __future__ import annotations

import asyncio
import sys

from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.outbox import Outbox
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.sync.sync_loop import SyncLoop
from tui.wire.names import Endpoint


async def main(origin: str, texts: list[str]) -> None:
    profile = find_profile("default")
    with OwnerLock(profile):
        async with log_in(profile, LoginOptions(Endpoint.WEB, origin), lambda event: None) as client:
            repair = await client.store.repair()
            print("repaired", repair.unknown, repair.cancelled, repair.waiting, flush=True)
            outbox = Outbox(client.store, lambda upload: None)
            outbox.renew(client)
            await outbox.resume()
            syncing = asyncio.create_task(SyncLoop(client.context, client.store, client.directory).run())
            ann = await client.directory.resolve("李四")
            print("ready", flush=True)
            tasks = [
                asyncio.create_task(
                    outbox.text(ann, text, lambda row, number=number: print("typed", number, flush=True))
                )
                for number, text in enumerate(texts)
            ]
            for end in asyncio.as_completed(tasks):
                print((await end).state.value, flush=True)
            await syncing


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
