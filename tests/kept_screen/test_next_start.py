"""The installed program, twice: the second start begins with what the first one has left."""

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.pty_steps import PLAIN_TERMINAL, leave, write
from tui.kept_screen.picture import decode
from tui.paths import find_profile


def test_a_start_begins_with_the_screen_that_was_left(logged_in: Wxtui) -> None:
    file = find_profile("default").state / "screen"
    with Program(environ=PLAIN_TERMINAL) as program:
        program.wait_for("● online")
        assert b"as of" not in program.raw
        write(program, "a draft")
        leave(program)
        assert program.modes == program.modes_before
    picture = decode(file.read_bytes())
    assert picture is not None
    said = "\n".join("".join(text for text, _look in row) for row in picture.rows)
    assert "› a draft" in said and "○ as of " in said and "online" not in said
    assert "林小满" not in said.splitlines()[0], "the live screen does not know whose it is before it has a session"
    with Program(environ=PLAIN_TERMINAL) as program:
        program.wait_for("○ as of ")
        assert "› a draft" in program.text, "all of it is there at once"
        program.wait_for("● online")
        assert program.raw.count(b"\x1b[?1049h") == 1
        assert "as of" not in program.text
        leave(program)
        assert program.modes == program.modes_before
    logged_in("logout")
    assert not file.exists()
