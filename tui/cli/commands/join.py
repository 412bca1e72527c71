"""`wxtui join`: puts the parts together that `wxtui send --split` has sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, tell_notice, write_json, write_path
from tui.cli.shared.targets import NamedPath
from tui.i18n import _, counted
from tui.units import shown_size

if TYPE_CHECKING:
    from pathlib import Path

_PATH = NamedPath(readable=False)


@click.command(
    help=_(
        "Join the parts of a file that was sent with --split. PART is any of its parts (NAME.part001of012), or NAME; "
        "all of them, and NAME.sha256, lie in the same folder.\n\n"
        "Each part and the whole are checked by their SHA-256. The file appears when it is whole, and never over "
        "another one. Prints its path."
    )
)
@click.argument("part", metavar="PART", type=_PATH)
@click.option("-o", "--output", metavar="FILE", type=_PATH, help=_("Path of the whole file; default: NAME beside it."))
@click.option("--force", is_flag=True, help=_("Replace a file that is there."))
@click.option("--unchecked", is_flag=True, help=_("Join also without NAME.sha256."))
@global_options()
def join(setup: Setup, part: Path, output: Path | None, force: bool, unchecked: bool) -> None:
    """See the help text."""
    from tui.cli.shared.running import ended_by_signals
    from tui.cli.shared.step_line import StepLine
    from tui.services.downloads import joining

    with ended_by_signals(), StepLine() as line:
        found = joining.find_parts(part, unchecked=unchecked)

        def moved(done: int, total: int) -> None:
            if line.due:
                line.show(_("joining “{name}”: {done} of {total}").format(
                    name=found.name, done=shown_size(done), total=shown_size(total)
                ))  # fmt: skip

        path = joining.join(found, output or found.folder / found.name, force=force, on_bytes=moved)
    if setup.json:
        write_json({"path": str(path), "size": found.size, "parts": len(found.parts), "checked": bool(found.sums)})
        return
    write_path(path, keep=True)
    checked = _("all checked") if found.name in found.sums else _("not checked")
    tell_notice(
        counted(
            "{count} part, {size}, {checked}.",
            "{count} parts, {size}, {checked}.",
            len(found.parts),
            size=shown_size(found.size),
            checked=clean(checked),
        )
    )
