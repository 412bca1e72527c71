"""`wxtui sandbox`: runs the local server, alone or with a shell in which wxtui is logged in to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tui import errors
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import is_quiet, write, write_outcome
from tui.cli.shared.running import run_async
from tui.i18n import _
from tui.paths import find_profile
from tui.sandbox.world.options import SandboxOptions


class _WithControlHelp(click.Command):
    """Command that prints the control API below its options, unwrapped."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from tui.sandbox.control.calls import control_help

        formatter.write(f"\n{control_help()}")


@click.command(
    cls=_WithControlHelp,
    help=_(
        "Run a simulated WeChat with active contacts on 127.0.0.1. Needs no account and no network. To log in: "
        "wxtui --server http://127.0.0.1:PORT login. Prints: listening on http://127.0.0.1:PORT\n\n"
        "--shell opens a shell (or runs COMMAND) where wxtui is logged in to it, with a temporary home that is "
        "deleted afterwards."
    ),
)
@click.argument("command", nargs=-1, metavar="[-- COMMAND...]")
@click.option("--shell", is_flag=True, help=_("Open a shell where wxtui is logged in."))
@click.option("--host", default="127.0.0.1", help=_("Address to listen on; loopback only."))
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8787,
    help=_("Port; 0 picks a free one; default 8787."),
)
@click.option("--seed", metavar="N", type=int, default=1, help=_("Random seed; default 1."))
@click.option(
    "--contacts", metavar="N", type=click.IntRange(0, 100_000), default=0, help=_("Minimum number of contacts.")
)
@click.option("--groups", metavar="N", type=click.IntRange(0, 10_000), default=0, help=_("Minimum number of groups."))
@click.option(
    "--scan-delay",
    type=click.FloatRange(-1, 3600),
    default=1.0,
    metavar="S",
    help=_("Seconds until the simulated phone scans; -1: only through the control API; default 1."),
)
@click.option(
    "--max-part",
    type=click.IntRange(1),
    default=SandboxOptions().max_part,
    metavar="BYTES",
    help=_("Largest upload part accepted, in bytes; default 26214400. Web WeChat uses 524288."),
)
@click.option("--no-replies", is_flag=True, help=_("No automatic replies."))
@click.option("--empty", is_flag=True, help=_("No messages wait for the first login."))
@click.option(
    "--with-stdin", is_flag=True, help=_("End when standard input ends, so that it never outlives your tests.")
)
@click.option("--schema", is_flag=True, help=_("Print the schema of the control API (OpenAPI) and exit."))
@click.option("--page", is_flag=True, help=_("Print how to use it in tests of your own, and exit."))
@global_options()
def sandbox(
    setup: Setup,
    command: tuple[str, ...],
    shell: bool,
    with_stdin: bool,
    schema: bool,
    page: bool,
    **values: Any,
) -> None:
    """See the help text."""
    if schema or page:
        write(_schema() if schema else _page(), exact=True)
        return
    options = _options(**values)
    if shell and with_stdin:
        raise errors.UsageError(why=_("--with-stdin does not go with --shell."))
    if shell:
        sys.exit(run_async(_shell(options, command)))
    if command:
        raise errors.UsageError(why=_("COMMAND needs --shell."))

    from tui.sandbox.server import serve

    def announce(origin: str) -> None:
        write_outcome({"event": "listening", "origin": origin}, f"listening on {origin}", as_json=setup.json)

    serve(options, announce, with_stdin=with_stdin)


def _options(*, scan_delay: float, no_replies: bool, empty: bool, **values: Any) -> SandboxOptions:
    delay = None if scan_delay < 0 else scan_delay
    return SandboxOptions(scan_delay=delay, replies=not no_replies, waiting=not empty, **values)


def _schema() -> str:
    from tui.sandbox.control.schema import schema

    return json.dumps(schema(), indent=2, ensure_ascii=False)


def _page() -> str:
    from tui import sandbox

    return (Path(sandbox.__path__[0]) / "SANDBOX.md").read_text("utf-8").rstrip()


async def _shell(options: SandboxOptions, command: tuple[str, ...]) -> int:
    """Run the shell, and return its exit code. Ctrl+C belongs to the shell, as long as it runs."""
    from tui.cli.own_program import lay_own_program
    from tui.sandbox.server import SandboxServer
    from tui.services.client.authenticate import log_in
    from tui.services.session.login_options import LoginOptions

    with (
        tempfile.TemporaryDirectory(prefix="wxtui-") as home,
        tempfile.TemporaryDirectory(prefix="wxtui-") as programs,
    ):
        async with SandboxServer(replace(options, port=0, scan_delay=0.0)) as server:
            os.environ |= {"WXTUI_HOME": home, "WXTUI_SERVER": server.origin}
            async with log_in(
                find_profile("default"), LoginOptions(origin=server.origin), lambda event: None
            ) as client:
                name = client.context.session.nick_name
            # This very program comes first: the shell finds it without an activated venv, whatever its file is called.
            lay_own_program(Path(programs))
            os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
            if not (command or is_quiet()):
                write(
                    _("Logged in to the sandbox as {name}. Try these commands; exit leaves the shell:").format(
                        name=name
                    )
                )
                for line in (
                    "wxtui contacts",
                    'wxtui send 回声 -m "你好"',
                    "wxtui revoke --last",
                    "wxtui listen",
                ):
                    write(f"  {line}")
            old = signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                return await _run(command or (os.environ.get("SHELL") or "/bin/sh",))
            finally:
                signal.signal(signal.SIGINT, old)


async def _run(command: tuple[str, ...]) -> int:
    """Run the command, and return its exit code; it does not outlive this process."""
    try:
        process = await asyncio.create_subprocess_exec(*command, preexec_fn=_take_signals)
    except OSError as error:
        why = _("“{command}” cannot be run: {why}.").format(command=command[0], why=error.strerror)
        raise errors.UsageError(why=why) from None
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _take_signals() -> None:
    """Reset SIGINT: a signal that is ignored here would stay ignored in the shell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
