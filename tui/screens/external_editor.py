"""Editing a message in the person's own editor, which gets the terminal for that time."""

from __future__ import annotations

import asyncio
import contextlib
import locale
import os
import shlex
import shutil
import signal
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from textual.app import App, SuspendNotSupported

from tui.errors import Phrase, UsageError
from tui.i18n import _
from tui.services.util.other_programs import without_ours

_USUAL: Final = ("sensible-editor", "nano", "vi")
"""Editors that are tried where neither $VISUAL nor $EDITOR is set."""
_NAME: Final = "message.txt"


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the editor with arguments: $VISUAL, else $EDITOR, else a usual one. Raises `UsageError` without any."""
    for name in ("VISUAL", "EDITOR"):
        wanted = environ.get(name, "").strip()
        if not wanted:
            continue
        try:
            command = shlex.split(wanted)
        except ValueError:
            command = [wanted]
        if command and shutil.which(command[0], path=environ.get("PATH")):
            return command
        raise UsageError(
            why=Phrase("${variable} is “{editor}”, which is not installed here.", variable=name, editor=wanted)
        )
    for usual in _USUAL:
        if shutil.which(usual, path=environ.get("PATH")):
            return [usual]
    raise UsageError(why=Phrase("No editor found: set $EDITOR."))


RunInTerminal: TypeAlias = Callable[[Sequence[str], Mapping[str, str]], Awaitable[int]]
"""Runs a program that has the terminal until it ends; returns its exit code. Raises `UsageError`."""


async def edit(app: App[Any], text: str, environ: Mapping[str, str] | None = None) -> str:
    """Return `text` as an editor left it, over the screen of `app`; the session goes on. Raises as `edited` does."""
    return await edited(partial(_run, app), text, environ)


async def edited(run: RunInTerminal, text: str, environ: Mapping[str, str] | None = None) -> str:
    """Return `text` as an editor left it, which `run` gives the terminal.

    The file can be read by nobody else, and is gone afterwards. Raises `UsageError`, with nothing changed, when there
    is no editor, when it fails, or when its file is no text.
    """
    environ = os.environ if environ is None else environ
    command = editor_command(environ)
    folder = await asyncio.to_thread(_write, text)
    try:
        code = await run([*command, str(folder / _NAME)], environ)
        if code:
            raise UsageError(
                why=Phrase("{editor} exited with {code}; the text is unchanged.", editor=command[0], code=code)
            )
        return await asyncio.to_thread(_read, folder, text)
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, True))


async def run_in_terminal(app: App[Any], command: Sequence[str]) -> None:
    """Run a program that has the terminal of `app` until it ends. Raises `UsageError` when it fails."""
    await run_well(partial(_run, app), command)


async def run_well(run: RunInTerminal, command: Sequence[str]) -> None:
    """Run a program to which `run` gives the terminal. Raises `UsageError` when it fails."""
    code = await run(list(command), without_ours(os.environ))
    if code:
        raise UsageError(why=Phrase("{browser} exited with {code}.", browser=command[0], code=code))


async def _run(app: App[Any], command: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        # In a batch, Textual draws nothing: what the session brings meanwhile must not be written over the editor.
        with app.batch_update(), app.suspend(), _keys_are_the_editors():
            process = await asyncio.create_subprocess_exec(*command, env=dict(environ))
            try:
                return await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                await process.wait()
                raise
    except SuspendNotSupported:
        raise UsageError(why=Phrase("An editor cannot be opened in this terminal.")) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(why=Phrase("{editor} cannot be started: {why}.", editor=command[0], why=why)) from None
    finally:
        _draw_anew(app)


def _draw_anew(app: App[Any]) -> None:
    """Draw the whole screen: nothing is known of the terminal any more."""
    forget = getattr(app, "forget_frame", None)
    if forget is not None:
        forget()
    if app.is_running:
        app.screen.refresh(layout=True)


@contextlib.contextmanager
def _keys_are_the_editors() -> Iterator[None]:
    """Ignore Ctrl+C and Ctrl+\\ while an editor runs: they are meant for the editor."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A handler, not SIG_IGN: that would be inherited by the editor.
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _write(text: str) -> Path:
    """Write the text to a file in a new folder, both private; return the folder."""
    folder = Path(tempfile.mkdtemp(prefix="wxtui-edit-"))
    try:
        handle = os.open(folder / _NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _read(folder: Path, before: str) -> str:
    """Read the file. Editors end its last line; nobody typed that newline."""
    try:
        raw = (folder / _NAME).read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(why=Phrase("The text from the editor cannot be read: {why}.", why=why)) from None
    text = _decoded(raw)
    if text is None:
        raise UsageError(why=_("The editor did not save text; the input is unchanged."))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return text if before.endswith("\n") else text.removesuffix("\n")


def _decoded(raw: bytes) -> str | None:
    """Return the text in the first encoding that fits of those that an editor may have written; None for no text."""
    if b"\x00" in raw:
        return None
    for encoding in ("utf-8", locale.getpreferredencoding(False), "gb18030"):
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return None
