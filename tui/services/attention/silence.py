"""Silence as the settings say it, kept in the store: a prompt counts as the list does, and reads no settings."""

from __future__ import annotations

from tui.config.settings import Settings
from tui.store.store import Store
from tui.store.stored_status import SILENCE, USUAL_SILENCE


def silence_words(settings: Settings) -> str:
    """Return the kinds of conversations that are quiet, and `folded` where official accounts stand behind one row."""
    return " ".join(sorted({*settings.quiet_kinds, *(("folded",) if settings.fold_official else ())}))


async def note_silence(store: Store, settings: Settings) -> None:
    """Keep what is silent by these settings, where it is not kept already."""
    words = silence_words(settings)
    # No kind at all is a word, too: "" would delete it.
    kept = "" if words == USUAL_SILENCE else words or "nothing"
    if await store.value(SILENCE) != kept:
        await store.set_value(SILENCE, kept)
