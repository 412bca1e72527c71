"""A program of its own that queues files to 李四, or goes on with what it finds: to be killed in the middle.

`python -m tests.support.uploading_program ORIGIN [FILE…]`
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.support.upload_queue import uploads_of
from tests.support.waiting import until
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.session.login_options import LoginOptions
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint


async def main(origin: str, *paths: str) -> None:
    choice = LoginOptions(Endpoint.WEB, origin)
    async with log_in(find_profile("default"), choice, lambda event: None) as client, uploads_of(client) as uploads:
        await uploads.restore()
        to = await client.directory.resolve("李四")
        for path in paths:
            uploads.add(to, Path(path), MediaKind.AUTO, None)
        await until(lambda: all(one.state.over for one in uploads.uploads))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
