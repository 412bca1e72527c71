"""Finding the one contact that a person means; never a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import errors, i18n
from tui.services.contacts.contact_loading import FILEHELPER_CONTACT
from tui.services.contacts.directory import choose
from tui.services.contacts.matching import as_target, handles, matches
from tui.services.control import protocol
from tui.services.control.error_codec import failed, rebuilt
from tui.wire.contacts import Contact, ContactKind


def person(user_name: str, nick: str, remark: str = "", *pinyin: str, alias: str = "") -> Contact:
    return Contact("@" + user_name, nick, remark, pinyin=pinyin, alias=alias)


ZHANG = person("aaaaaaaaaa1", "三哥", "张三", "sg", "sange", "zs", "zhangsan", alias="zhang3")
LI = person("bbbbbbbbbb1", "李四", "", "ls", "lisi")
LISA = person("bbbbbbbbbb2", "Lisa")
TWIN1 = person("cccccccccc1", "王伟", "", "ww", "wangwei")
TWIN2 = person("cccccccccc2", "王伟", "", "ww", "wangwei")
GROUP = Contact("@@dddddddddd", "项目群", kind=ContactKind.GROUP, pinyin=("xmq", "xiangmuqun"))
ME = Contact("@me", "我", kind=ContactKind.SELF)
EVERYONE = [ZHANG, LI, LISA, TWIN1, TWIN2, GROUP, FILEHELPER_CONTACT, ME]


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("张三", ZHANG),
        ("三哥", ZHANG),
        (" 张三 ", ZHANG),
        ("zhang3", ZHANG),
        ("zhangsan", ZHANG),
        ("zhang san", ZHANG),
        ("李", LI),
        ("LISA", LISA),
        ("Lisa", LISA),
        ("项目", GROUP),
        ("xmq", GROUP),
        ("filehelper", FILEHELPER_CONTACT),
        ("文件传输助手", FILEHELPER_CONTACT),
        ("File Transfer", FILEHELPER_CONTACT),
        ("@cccccccccc2", TWIN2),
        ("@@dddddddddd", GROUP),
        ("@@dddddd", GROUP),
    ],
)
def test_a_target_finds_its_contact(target: str, wanted: Contact) -> None:
    assert choose(target, EVERYONE) == wanted


@pytest.mark.parametrize("target", ["王伟", "wangwei", "王", "@cccccc", "lis"])
def test_an_ambiguous_target_is_an_error_that_lists_the_candidates(target: str) -> None:
    with pytest.raises(errors.TargetAmbiguous) as caught:
        choose(target, EVERYONE)
    assert caught.value.exit_code == 4
    assert "@" in str(caught.value)


def test_the_listed_handles_are_targets_themselves() -> None:
    with pytest.raises(errors.TargetAmbiguous) as caught:
        choose("王伟", EVERYONE)
    for twin in (TWIN1, TWIN2):
        short = handles(EVERYONE)[twin.user_name]
        assert short in str(caught.value)
        assert choose(short, EVERYONE) == twin


def test_an_exact_name_wins_over_names_that_contain_it() -> None:
    longer = person("eeeeeeeeee1", "张三丰")
    assert choose("张三", [*EVERYONE, longer]) == ZHANG


def test_a_remark_and_a_nickname_that_are_the_same_are_ambiguous() -> None:
    with pytest.raises(errors.TargetAmbiguous):
        choose("张三", [*EVERYONE, person("ffffffffff1", "张三")])


@pytest.mark.parametrize("target", ["", "  ", "nobody", "我", "@zz"])
def test_an_unknown_target_is_an_error(target: str) -> None:
    with pytest.raises(errors.TargetUnknown):
        choose(target, EVERYONE)


@given(st.text(max_size=12))
def test_whatever_is_found_matches_and_was_the_only_one(target: str) -> None:
    try:
        found = choose(target, EVERYONE)
    except errors.TargetError:
        return
    assert matches(found, target) or found.user_name.startswith(target.strip())


def test_many_candidates_are_cut() -> None:
    crowd = [person(f"{index:012}", "王伟") for index in range(30)]
    with pytest.raises(errors.TargetAmbiguous) as caught:
        choose("王伟", crowd)
    assert "(+22)" in str(caught.value)


@given(st.lists(st.text("ab", min_size=1, max_size=12), unique=True, max_size=30))
def test_a_handle_means_one_contact_only(names: list[str]) -> None:
    crowd = [person(name, f"n{index}") for index, name in enumerate(names)]
    for user_name, short in handles(crowd).items():
        assert user_name.startswith(short)
        others = [other.user_name for other in crowd if other.user_name.startswith(short)]
        assert short == user_name or others == [user_name]


@pytest.mark.parametrize("name", ["filehelper", "weixin", "fmessage", "newsapp"])
def test_who_calls_himself_by_a_username_takes_nothing_from_it(name: str) -> None:
    special = Contact(name, "the real one", kind=ContactKind.SPECIAL)
    stranger = person("ffffffffff1", name)
    assert choose(name, [stranger, special, ME]) == special
    assert choose(f" {name} ", [stranger, special, ME]) == special
    assert choose(f"\\{name}", [stranger, special, ME]) == stranger
    with pytest.raises(errors.TargetUnknown):
        choose(name, [stranger, ME])


def test_who_calls_himself_by_somebodys_username_is_not_meant_by_it() -> None:
    assert choose(ZHANG.user_name, [*EVERYONE, person("ffffffffff1", ZHANG.user_name)]) == ZHANG


def test_an_id_is_never_a_name_and_a_backslash_makes_it_one() -> None:
    numbered, escaped = person("ffffffffff1", "id:1"), person("ffffffffff2", r"\id:1")
    contacts = [*EVERYONE, numbered, escaped]
    with pytest.raises(errors.TargetUnknown):
        choose("id:1", contacts)
    for one in contacts:
        if one not in (TWIN1, TWIN2, ME):
            assert choose(as_target(one.name), contacts) == one


def test_a_backslash_before_another_name_is_a_part_of_it() -> None:
    waving = person("ffffffffff1", r"\o/")
    assert as_target(waving.name) == waving.name
    assert choose(r"\o/", [*EVERYONE, waving]) == waving


def test_candidates_are_listed_in_the_language_of_the_shell_that_asked() -> None:
    """The running wxtui, which looks them up, may speak another."""
    crowd = [Contact(f"@abcdef{n}", nick_name="{王}", alias="wx" * n) for n in range(10)]
    with pytest.raises(errors.TargetAmbiguous) as caught:
        choose("{王}", crowd)
    told = rebuilt(protocol.read_owner(protocol.line(failed(caught.value))))
    assert str(told) == str(caught.value)
    i18n.use("zh_CN")
    try:
        assert "：{王}（联系人，@abcdef0）、{王}（联系人，wx，@abcdef1）、" in i18n.say(told)
        assert "wxwx，@abcdef2）、" in i18n.say(told) and "、… (+2)。" in i18n.say(told)
    finally:
        i18n.use("en")
