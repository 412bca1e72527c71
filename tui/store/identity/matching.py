"""Recognising contacts after another login, by what the server repeats (PROTOCOL section 3). Pure.

A pair of contacts, one of the current login and one of an earlier one, is judged by a table of rules over the evidence
that agrees and that differs. Then every rival is heard: the contact with the best evidence for an earlier one is that
one, and of equals nobody is: a history under the wrong name is worse than a question.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from itertools import chain
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from tui.store.identity.evidence import FEW_NAMES, ContactEvidence, EarlierContact, EvidenceKind, Generation, members_of
from tui.wire.contacts import ContactKind

_CROWD: Final = 8
"""Contacts of a login with one piece of evidence in common, from which on it tells nothing alone."""
CANDIDATES: Final = 8
"""Conversations that a person is asked about at most: of more, nobody knows the right one."""
_ENOUGH: Final = 5
"""Contacts with a kind of evidence, in both logins, of which not one is found again, after which it does not count."""
_SURE_ALONE: Final = 6
"""Points from which on a pair is certain although not all rivals of that login could be heard, or rivals have fewer."""
_MOST, _HARDLY = 0.7, 0.3
"""Shares of the smaller group's members from which on two groups have the same members, and below which others."""


class SamePerson(msgspec.Struct, frozen=True):
    """Verdict: the contact has this conversation, and `older` ones, which a login in between did not recognise."""

    conversation_id: int
    older: tuple[int, ...] = ()


class Unsure(msgspec.Struct, frozen=True):
    """Verdict: the contact may have one of these conversations, or none; the likeliest first."""

    conversation_ids: tuple[int, ...]


Verdict: TypeAlias = SamePerson | Unsure


class _Rule(msgspec.Struct, frozen=True):
    """Fits a pair in which all of `agree` agree and nothing of `unless` differs.

    `only`: and the nickname is nobody else's on either side. `certain` or else a question for the person.
    """

    agree: Set[EvidenceKind]
    unless: Set[EvidenceKind] = frozenset()
    certain: bool = True
    only: bool = False


_A, _R, _S, _V, _N = (
    EvidenceKind.ALIAS,
    EvidenceKind.REMARK,
    EvidenceKind.STATUS,
    EvidenceKind.AVATAR,
    EvidenceKind.NICK,
)

_PEOPLE: Final = (
    _Rule({EvidenceKind.ACCOUNT}),
    # A WeChat id belongs to one person. A remark can be given to another contact: alone it proves nothing.
    _Rule({_A}),
    _Rule({_R, _V}, {_A}),
    _Rule({_R, _N}, {_A, _S}),
    _Rule({_R, _S}, {_A, _V}),
    # A rename is followed where picture and status stay, a new picture where name and status do.
    _Rule({_S, _V}, {_A}),
    _Rule({_S, _N}, {_A, _V}),
    _Rule({_S, _N}, {_A}, only=True),
    _Rule({_V, _N}, {_A}),
    _Rule({_N}, {_A, _R, _S, _V}, only=True),
    # From here on a person is asked.
    _Rule({_R}, {_A}, certain=False),
    _Rule({_V}, {_A}, certain=False),
    _Rule({_N}, {_A}, certain=False),
    # Another WeChat id is another person, unless all other evidence says that somebody changed it.
    _Rule({_S, _V}, certain=False),
    _Rule({_R, _V}, certain=False),
)
"""Rules for people and official accounts; the first that fits counts. A pair that none fits is two contacts."""

_ROOM, _MEMBERS = EvidenceKind.ROOM, EvidenceKind.MEMBERS

_GROUPS: Final = (
    _Rule({_ROOM}),
    _Rule({_N, _MEMBERS}, {_ROOM}),
    _Rule({_V, _MEMBERS}, {_ROOM}),
    _Rule({_V, _N}, {_ROOM, _MEMBERS}),
    _Rule({_N}, {_ROOM, _V, _MEMBERS}, only=True),
    _Rule({_MEMBERS}, {_ROOM}, certain=False),
    _Rule({_V}, {_ROOM}, certain=False),
    _Rule({_N}, {_ROOM, _MEMBERS}, certain=False),
    _Rule({_N, _MEMBERS}, certain=False),
)


class _Link(msgspec.Struct, frozen=True):
    """A current contact, and an earlier one that it may be; both by their place in their list."""

    mine: int
    earlier: int
    certain: bool
    points: int


def recognise(
    current: Sequence[ContactEvidence],
    decided: Set[str],
    generations: Iterable[Generation],
    *,
    own: Mapping[str, int] = MappingProxyType({}),
    apart: Mapping[int, Set[int]] = MappingProxyType({}),
) -> dict[str, Verdict]:
    """Return UserName → verdict, for those of `current` that have one; the others are new.

    `decided` have their conversation for good: they only keep others from taking what is theirs. `generations` come
    with the newest first: what is found in an earlier one counts where the later ones say nothing, or have nobody with
    evidence that is worth as much: a namesake.

    `own`: UserName → conversation that it has now. `apart`: conversation → those that are somebody else's, as a person
    said; whoever has one of two is not heard about the other.
    """

    def denied(name: str, conversation_id: int) -> bool:
        others = apart.get(conversation_id, ())
        return bool(others) and (own.get(name) in others or any(one in others for one in same.get(name, ())))

    same: dict[str, list[int]] = {}
    doubts: defaultdict[str, dict[int, None]] = defaultdict(dict)
    doubted: dict[str, int] = {}
    for generation in generations:
        claimed = set(chain.from_iterable(same.values()))
        found, contested = _match(current, generation, denied)
        for mine, link in found.items():
            name, conversation_id = current[mine].user_name, generation.contacts[link.earlier].conversation_id
            if not conversation_id or name in decided or conversation_id in claimed:
                continue
            if name in doubts and not link.points >= _SURE_ALONE > doubted[name]:
                doubts[name][conversation_id] = None
            else:
                doubts.pop(name, None)
                # One that is found already may have another: a login that broke before its list of contacts was whole
                # recognised nobody, and what arrived in it stands alone.
                same.setdefault(name, []).append(conversation_id)
        for mine, links in contested.items():
            name = current[mine].user_name
            if name in decided or name in same:
                continue
            for link in links:
                doubted[name] = max(doubted.get(name, link.points), link.points)
                if conversation_id := generation.contacts[link.earlier].conversation_id:
                    doubts[name][conversation_id] = None
    verdicts: dict[str, Verdict] = {name: SamePerson(newest, tuple(older)) for name, (newest, *older) in same.items()}
    claimed = set(chain.from_iterable(same.values()))
    for name, candidates in doubts.items():
        if left := tuple(one for one in candidates if one not in claimed)[:CANDIDATES]:
            verdicts[name] = Unsure(left)
    return verdicts


def _match(
    current: Sequence[ContactEvidence], generation: Generation, denied: Callable[[str, int], bool]
) -> tuple[dict[int, _Link], dict[int, list[_Link]]]:
    """Return certain links, and possible ones, each by the place of the current contact."""
    known = {former.now for former in generation.contacts if former.now}
    mine = [at for at, evidence in enumerate(current) if evidence.user_name not in known]
    former = [at for at, one in enumerate(generation.contacts) if not one.now]
    passing = _passing(current, generation)
    here = Counter(_named(evidence) for evidence in current)
    there = Counter(_named(one.evidence) for one in generation.contacts)
    links = []
    for a, b in _pairs(current, mine, generation.contacts, former):
        evidence, others = current[a], generation.contacts[b].evidence
        if denied(evidence.user_name, generation.contacts[b].conversation_id):
            continue
        name = _named(evidence)
        link = _judged(evidence, others, passing, only=generation.whole and here[name] == there[name] == 1)
        if link is not None:
            certain, points = link
            certain = certain and not generation.contacts[b].asks
            links.append(_Link(a, b, certain and (generation.whole or points >= _SURE_ALONE), points))
    return _resolved(links)


def _named(evidence: ContactEvidence) -> tuple[ContactKind, str]:
    return _side(evidence), evidence.nick_name


def _side(evidence: ContactEvidence) -> ContactKind:
    """Return the side of a contact: oneself, a group, or all others. Contacts of two sides are never the same."""
    return evidence.kind if evidence.kind in (ContactKind.SELF, ContactKind.GROUP) else ContactKind.PERSON


def _resolved(links: list[_Link]) -> tuple[dict[int, _Link], dict[int, list[_Link]]]:
    """Let the best evidence win; of equals over one contact nobody is certain any more, now or later."""
    links.sort(key=lambda link: -link.points)
    same: dict[int, _Link] = {}
    taken: set[int] = set()
    disputed: set[int] = set()
    unsure: set[int] = set()
    certain = [link for link in links if link.certain]
    start = 0
    while start < len(certain):
        end = start
        while end < len(certain) and certain[end].points == certain[start].points:
            end += 1
        free = [link for link in certain[start:end] if link.mine not in same and link.earlier not in taken]
        claims = Counter(link.mine for link in free)
        claimants = Counter(link.earlier for link in free)
        for link in free:
            if claims[link.mine] > 1 or claimants[link.earlier] > 1:
                unsure.add(link.mine)
                disputed.add(link.earlier)
        for link in free:
            if link.mine not in unsure and link.earlier not in disputed:
                same[link.mine] = link
                taken.add(link.earlier)
        start = end
    contested: defaultdict[int, list[_Link]] = defaultdict(list)
    for link in links:
        if link.mine not in same and link.earlier not in taken:
            contested[link.mine].append(link)
    return same, contested


def _passing(current: Sequence[ContactEvidence], generation: Generation) -> set[EvidenceKind]:
    """Return evidence that turns out to change with the login, whatever the protocol promises: it does not count."""
    found = set()
    for kind, read in _PLAIN:
        if kind in _PROMISED:
            here = set(filter(None, map(read, current)))
            there = set(filter(None, (read(one.evidence) for one in generation.contacts)))
            if len(here) >= _ENOUGH and len(there) >= _ENOUGH and not here & there:
                found.add(kind)
    return found


def _judged(
    one: ContactEvidence, other: ContactEvidence, passing: Set[EvidenceKind], *, only: bool
) -> tuple[bool, int] | None:
    """Return whether two contacts are certainly one, and by how many points; None when they are two."""
    agree, differ = _compared(one, other, passing)
    rules = _GROUPS if one.kind is ContactKind.GROUP else _PEOPLE
    for rule in rules:
        if rule.agree <= agree and not rule.unless & differ and (only or not rule.only):
            points = sum(kind.weight for kind in agree) - sum(kind.weight for kind in differ)
            return rule.certain, points
    return None


def agreeing(one: ContactEvidence, other: ContactEvidence) -> list[EvidenceKind]:
    """Return the evidence of two contacts that agrees, the weightiest first."""
    agree, _differ = _compared(one, other, frozenset())
    return sorted(agree, key=lambda kind: (-kind.weight, kind.word))


def _compared(
    one: ContactEvidence, other: ContactEvidence, passing: Set[EvidenceKind]
) -> tuple[set[EvidenceKind], set[EvidenceKind]]:
    """Return the evidence that agrees and the evidence that differs. What one side does not know is in neither."""
    agree: set[EvidenceKind] = set()
    differ: set[EvidenceKind] = set()
    for kind, read in _PLAIN:
        a, b = read(one), read(other)
        if a and b and kind not in passing:
            (agree if a == b else differ).add(kind)
    if one.kind is ContactKind.SELF and other.kind is ContactKind.SELF:
        agree.add(EvidenceKind.ACCOUNT)
    if one.kind is ContactKind.GROUP:
        share = _shared(one, other)
        if share is not None and share >= _MOST:
            agree.add(EvidenceKind.MEMBERS)
        elif share is not None and share < _HARDLY:
            differ.add(EvidenceKind.MEMBERS)
        if one.member_count and one.member_count == other.member_count:
            agree.add(EvidenceKind.COUNT)
    return agree, differ


_PLAIN: Final[tuple[tuple[EvidenceKind, Callable[[ContactEvidence], str]], ...]] = (
    (EvidenceKind.ALIAS, lambda evidence: evidence.alias),
    (EvidenceKind.ROOM, lambda evidence: evidence.encry_chat_room_id),
    (EvidenceKind.REMARK, lambda evidence: evidence.remark_name),
    (EvidenceKind.AVATAR, lambda evidence: evidence.head_img),
    (EvidenceKind.STATUS, lambda evidence: evidence.attr_status),
    (EvidenceKind.NICK, lambda evidence: evidence.nick_name),
)


_PROMISED: Final = frozenset({EvidenceKind.ROOM, EvidenceKind.AVATAR, EvidenceKind.STATUS})
"""Evidence that the server gives, not people: it might give another value at every login."""


def _shared(one: ContactEvidence, other: ContactEvidence) -> float | None:
    """Return the share of the smaller group that is in the other one too; None when too few names are known to say."""
    here, there = members_of(one), members_of(other)
    fewest = min(here.total(), there.total())
    return (here & there).total() / fewest if fewest >= FEW_NAMES else None


# ---------------------------------------------------------------- pairs that are worth a look


def _pairs(
    current: Sequence[ContactEvidence], mine: Sequence[int], contacts: Sequence[EarlierContact], former: Sequence[int]
) -> Iterable[tuple[int, int]]:
    """Return pairs with some evidence in common, each once; found by an index, for thousands never meet thousands."""
    there: dict[Hashable, list[int]] = {}
    for at in former:
        for key in _keys(contacts[at].evidence):
            there.setdefault(key, []).append(at)
    here: dict[Hashable, list[int]] = {}
    for at in mine:
        for key in _keys(current[at]):
            if key in there:
                here.setdefault(key, []).append(at)
    found: dict[tuple[int, int], None] = {}
    for key, several in here.items():
        others = there[key]
        if len(several) <= _CROWD and len(others) <= _CROWD:
            for a in several:
                for b in others:
                    found[a, b] = None
    return found


def _keys(evidence: ContactEvidence) -> list[Hashable]:
    """Return the keys by which a contact can be looked up; evidence that many may share is also taken together."""
    nick, status, avatar = evidence.nick_name, evidence.attr_status, evidence.head_img
    if evidence.kind is ContactKind.SELF:
        return [EvidenceKind.ACCOUNT.name]
    found: list[Hashable] = []
    if evidence.kind is ContactKind.GROUP:
        if evidence.encry_chat_room_id:
            found.append(("room", evidence.encry_chat_room_id))
        members = members_of(evidence)
        if members.total() >= FEW_NAMES:
            found.append(("members", *sorted(members.elements())))
        if nick:
            found.append(("group", nick))
        if avatar:
            found.append(("picture", avatar))
        return found
    if evidence.alias:
        found.append(("alias", evidence.alias))
    if evidence.remark_name:
        found.append(("remark", evidence.remark_name))
    if avatar:
        found.append(("avatar", avatar))
        if status:
            found.append(("avatar, status", avatar, status))
        if nick:
            found.append(("avatar, nick", avatar, nick))
    if nick:
        found.append(("nick", nick))
        if status:
            found.append(("nick, status", nick, status))
    return found
