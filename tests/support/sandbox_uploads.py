"""Files for uploads, and what the sandbox has of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.support.async_sandbox import SandboxControl
from tests.support.waiting import until
from tui.services.client.client import Client
from tui.services.uploads.upload_state import Upload
from tui.wire.contacts import Contact
from tui.wire.names import PART_SIZE

UPLOAD = "webwxuploadmedia"
SEND = "webwxsendappmsg"


def made(folder: Path, name: str, parts: float, seed: int = 0) -> Path:
    """Every part differs from every other."""
    path = folder / name
    size = int(parts * PART_SIZE)
    block = hashlib.sha256(f"{name} {seed}".encode()).digest() * (PART_SIZE // 32)
    with path.open("wb") as file:
        for number in range(-(-size // PART_SIZE)):
            file.write((number.to_bytes(8, "big") + block[8:])[: size - number * PART_SIZE])
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def spoil(
    control: SandboxControl, call: str, after: int, kind: str, value: object = None, times: int = 1
) -> None:
    """A fault of the calls that come after so many good ones."""
    if after:
        await control.fault(call, "delay", 0, times=after)
    await control.fault(call, kind, value, times=times)


async def part_requests(control: SandboxControl) -> int:
    return (await control.calls()).get(UPLOAD, 0)


async def got(control: SandboxControl) -> list[str]:
    return [one["sha256"] for one in await control.get("sent")]


async def finished(upload: Upload) -> None:
    await until(lambda: upload.state.over)


async def friend(client: Client) -> Contact:
    return await client.directory.resolve("李四")


async def until_requests(control: SandboxControl, count: int) -> None:
    async def there() -> bool:
        return await part_requests(control) >= count

    await until(there)
