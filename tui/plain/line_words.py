"""Words of plain mode for sentences that name keys: each has a twin that says the same of lines."""

from __future__ import annotations

from typing import Final

from tui.errors import N_
from tui.keymap import LineWords

WORDS: Final = LineWords(
    sentences={
        "Select a message first: {pane.next}, then {log.down} and {log.up}.": N_(
            "Say which message, by the number before it: {reply} 12, or {mark} 12 before a command that takes none."
        ),
        "Just write · {send} a file · /revoke recalls · {goto} conversations · {help} help": N_(
            "What you type is sent to the conversation that the prompt names. {send} sends a file."
        ),
        "Recalled.": "",
        "Recalled. {edit} edits it.": N_("{edit} edits it."),
        "Saved: {path} · {copy} copies the path": N_("Saved: {path}"),
        "Not logged in. {login}": N_("Not logged in. {login} logs in."),
        "{text.yank} restores the text.": N_("The arrow keys bring the text back."),
        "Nothing was sent. {bar.send} again recalls and sends.": N_("Nothing was sent."),
        "Not all theirs? {details.whose} or /whose splits them": N_("Not all theirs? {whose} splits them"),
        "{list.choose} again sends the others ({count}).": N_("The others can be sent ({count})."),
        "{list.choose} again sends it anyway.": N_("It can be sent anyway."),
        "This conversation has no contact in this login yet. It is sent once that is settled; {transfers.cancel} "
        "cancels it.": N_(
            "This conversation has no contact in this login yet. It is sent once that is settled; {cancel} cancels it."
        ),
        "Friend requests are not answered with text. Select one: {accept} accepts, {ignore} ignores.": N_(
            "Friend requests are not answered with text: {accept} accepts, {ignore} ignores."
        ),
        "Paused, also after a restart; {transfers.pause} resumes. Parts already uploaded are not sent again.": N_(
            "Paused, also after a restart; {resume} resumes. Parts already uploaded are not sent again."
        ),
    },
    keys={"interrupt": "Ctrl+C", "completion.go_on": "Tab"},
)
