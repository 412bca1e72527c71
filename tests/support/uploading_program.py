"""A program of its own that queues files to 李四, or goes on with what it finds: to be killed in the middle.

`python -m tests.support.uploading_program ORIGIN [--all] [FILE…]`; `--all`: also to 张三 and 项目群.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.support.upload_queue import uploads_of
from tests.support.waiting import until
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.sending.throttle import Pace
from tui.services.session.login_options import LoginOptions
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint


async def main(origin: str, *paths: str) -> None:
    choice = LoginOptions(Endpoint.WEB, origin)
    async with log_in(find_profile("default"), choice, lambda event: None) as client, uploads_of(client) as uploads:
        await uploads.restore()
        names = ("张三", "李四", "项目群") if "--all" in paths else ("李四",)
        receivers = [await client.directory.resolve(name) for name in names]
        for path in paths:
            if path != "--all":
                await uploads.add_for_several(receivers, Path(path), MediaKind.AUTO, Pace(0, lambda: 0))
        await until(lambda: all(one.state.over for one in uploads.uploads))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
