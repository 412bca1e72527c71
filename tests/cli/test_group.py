"""`wxtui group` against the sandbox, alone and through a running wxtui."""

from __future__ import annotations

import pytest

from tests.support.command_line import Wxtui
from tests.support.listen_process import WITHOUT_PAUSES, listening
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui.paths import find_profile
from tui.services.people import contact_changes, groups


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_changes, "PAUSE", 0.0)
    monkeypatch.setattr(groups, "_LOOK", 0.0)


def test_a_group_is_made_filled_named_and_emptied(logged_in: Wxtui, sandbox: Sandbox) -> None:
    made = logged_in("group", "new", "张三", "李四", "--name", "爬山 & 茶", "--yes")
    assert (made.code, made.err) == (0, "")
    assert made.out.startswith("@@") and made.out.endswith("\t爬山 & 茶\n")
    added = logged_in("group", "add", "爬山 & 茶", "Alice", "--yes", "--json").json[0]
    assert (added["group"], added["done"], added["left_out"]) == ("爬山 & 茶", 1, [])
    assert logged_in("group", "rename", "爬山 & 茶", "爬山去", "--yes").out == "The group is now called “爬山去”.\n"
    assert logged_in("group", "remove", "爬山去", "Ali", "--yes").out == "Removed 1 person from “爬山去”.\n"
    names = [row["name"] for row in logged_in("group", "members", "爬山去", "--json").json]
    assert names == ["林小满", "张三", "李四"]
    assert [line.split("\t")[0] for line in logged_in("group", "members", "爬山去", "张").lines] == ["张三"]
    assert logged_in("send", "爬山去", "-m", "大家好").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("new", "张三"), 5, "at least two people"),
        (("new", "张三", "林小满"), 4, "matches more than one"),
        (("new", "张三", "每日科技"), 5, "“每日科技” is not a person"),
        (("new", "张三", "李四", "--name", "长" * 200), 5, "longer than 64"),
        (("add", "张三", "李四"), 5, "“张三” is not a group"),
        (("add", "项目群", "张三"), 5, "“张三” is already in “项目群”"),
        (("remove", "项目群", "回声"), 5, "“回声” is not in “项目群”"),
        (("remove", "项目群", "林小满"), 5, "leave it on your phone"),
        (("rename", "项目群", "项目群"), 5, "already has this name"),
        (("rename", "项目群", "a\nb"), 5, "one line"),
        (("rename", "项目群", "x"), 2, "Rename “项目群” to “x”? Everybody in it sees the new name"),
        (("remove", "项目群", "张三", "--yes"), 1, "Only the owner of a group can remove members"),
    ],
)
def test_what_is_not_done_is_a_sentence(
    logged_in: Wxtui, sandbox: Sandbox, arguments: tuple[str, ...], code: int, words: str
) -> None:
    found = logged_in("group", *arguments)
    assert (found.code, found.out) == (code, "")
    assert words in found.err
    assert "webwxcreatechatroom" not in sandbox.calls()
    assert ("webwxupdatechatroom" in sandbox.calls()) is ("--yes" in arguments)


def test_those_who_are_left_out_are_named(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("contact", name="张三", standing="deleted")
    found = logged_in("group", "new", "张三", "李四", "--yes")
    assert found.code == 6
    assert found.out.startswith("@@")
    assert "1 of 2 done. “张三” was not added: they have deleted you from their contacts." in found.err


def test_it_goes_through_the_running_one(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening(through=WITHOUT_PAUSES):
        wait_until(find_profile("default").socket_file.exists)
        assert logged_in("group", "new", "张三", "李四", "--name", "爬山", "--yes").out.endswith("\t爬山\n")
        assert logged_in("group", "add", "爬山", "张三", "--yes").code == 5
        assert logged_in("group", "new", "张三", "每日科技", "--yes").code == 5
        stranger = logged_in("group", "remove", "爬山", "Alice", "--yes")
        assert (stranger.code, "“Alice” is not in “爬山”" in stranger.err) == (5, True)
        sandbox.post("contact", name="Alice", standing="asks")
        refused = logged_in("group", "add", "爬山", "Alice", "--yes")
        assert (refused.code, "has to agree first" in refused.err) == (1, True)
        assert len(logged_in("group", "members", "爬山", "--json").json) == 3
        sandbox.fault("webwxupdatechatroom", "drop_before")
        lost = logged_in("group", "rename", "爬山", "登山", "--yes")
        assert (lost.code, "may or may not have been done: rename “爬山” to “登山”." in lost.err) == (1, True)
    assert (sandbox.calls()["webwxcreatechatroom"], sandbox.calls()["webwxupdatechatroom"]) == (1, 2)


def test_a_question_comes_first_where_somebody_is_there(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(question: str, patience: float | None = None) -> str:
        asked.append(question)
        return "y" if len(asked) > 1 else "n"

    monkeypatch.setattr("tui.cli.sending.asking.somebody_there", lambda: True)
    monkeypatch.setattr("tui.cli.sending.asking.letter_typed", answer)
    refused = logged_in("group", "rename", "项目群", "x")
    assert (refused.code, refused.out, refused.err) == (1, "", "wxtui: Nothing was changed.\n")
    assert "webwxupdatechatroom" not in sandbox.calls()
    assert logged_in("group", "rename", "项目群", "x").code == 0
    question = "Rename “项目群” to “x”? Everybody in it sees the new name, and that you changed it. (y) yes, (n) no:"
    assert asked == [question] * 2


def test_ctrl_c_while_a_group_is_changed_leaves_a_doubt(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped(self: groups.Groups, wanted: groups.WantedChange) -> groups.GroupOutcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(groups.Groups, "carry_out", stopped)
    found = logged_in("group", "rename", "项目群", "x", "--yes")
    assert (found.code, "may or may not have been changed" in found.err) == (130, True)
