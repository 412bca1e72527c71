"""Conversations that were merged are found under their old ids."""

from __future__ import annotations

from tui.store.conversation_aliases import ConversationAliases


def test_an_old_id_leads_to_the_conversation_of_now_through_several_merges() -> None:
    aliases = ConversationAliases()
    aliases.add(1, 2)
    aliases.add(2, 3)
    assert [aliases.current(number) for number in (1, 2, 3, 4)] == [3, 3, 3, 4]


def test_a_merge_that_failed_is_not_followed() -> None:
    aliases = ConversationAliases()
    aliases.add(1, 2)
    aliases.add(2, 3)
    assert aliases.current(1, {2, 3}.__contains__) == 2
    assert aliases.current(1, {1}.__contains__) == 1
