"""`wxtui sandbox`: the local server."""

from __future__ import annotations

import click

from tui.cli.setup import current, global_options
from tui.i18n import _
from tui.sandbox.control import CONTROL_HELP
from tui.sandbox.options import SandboxOptions


class _WithControlHelp(click.Command):
    """Prints the control API below the options, as it is written."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\n{CONTROL_HELP.strip()}\n")


@click.command(
    cls=_WithControlHelp,
    help=_(
        "Serve a small WeChat world on 127.0.0.1, with no account and no network: log in to it with"
        " wxtui --server http://127.0.0.1:PORT login. Prints: listening on http://127.0.0.1:PORT"
    ),
)
@click.option("--host", default="127.0.0.1", help=_("A loopback address; no other is taken."))
@click.option("--port", type=click.IntRange(0, 65535), default=8787, help=_("0 takes a free one (8787)."))
@click.option("--seed", type=int, default=1, help=_("Which world (1)."))
@click.option("--contacts", type=click.IntRange(0, 100_000), default=0, help=_("At least so many contacts."))
@click.option("--groups", type=click.IntRange(0, 10_000), default=0, help=_("At least so many groups."))
@click.option(
    "--scan-delay",
    type=click.FloatRange(-1, 3600),
    default=1.0,
    metavar="S",
    help=_("Seconds until the pretended phone scans and confirms (1); -1: only when the control API says so."),
)
@click.option("--no-replies", is_flag=True, help=_("Nobody answers by themselves."))
@global_options()
def sandbox(host: str, port: int, seed: int, contacts: int, groups: int, scan_delay: float, no_replies: bool) -> None:
    """See the help text."""
    from tui.cli.output import write, write_json
    from tui.cli.running import run_async
    from tui.sandbox.server import serve

    setup = current()
    options = SandboxOptions(
        host=host,
        port=port,
        seed=seed,
        contacts=contacts,
        groups=groups,
        scan_delay=None if scan_delay < 0 else scan_delay,
        replies=not no_replies,
    )

    def announce(origin: str) -> None:
        if setup.json:
            write_json({"event": "listening", "origin": origin})
        else:
            write(f"listening on {origin}")

    run_async(serve(options, announce))
