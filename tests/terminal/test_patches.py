"""Private names of Textual: a release that renames or changes one must fail here, by name; no other module uses one."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import version
from inspect import isfunction
from pathlib import Path

import pytest
import textual
from textual import _ansi_sequences, _compositor, _styles_cache, _xterm_parser, events
from textual.app import App
from textual.color import Color
from textual.dom import DOMNode
from textual.drivers import _writer_thread, linux_driver
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tests.support.source_trees import no_collections, source_nodes
from tui.terminal import textual_patches
from tui.terminal.input_reader import InputReader
from tui.terminal.textual_patches import DrawAllowance, PatchedApp, PatchedDriver, Update, is_idle, placed_strips

ROOT = Path(textual_patches.__file__).parents[2]
PATCHES = ROOT / "tui/terminal/textual_patches.py"

METHODS = {
    (App, "_handle_exception"): "(self, error)",
    (App, "_fatal_error"): "(self)",
    (App, "_close_messages_no_wait"): "(self)",
    (App, "_display"): "(self, screen, renderable)",
    (_compositor.Compositor, "render_full_update"): "(self, simplify)",
    (_compositor.Compositor, "render_partial_update"): "(self)",
    (_compositor.Compositor, "render_strips"): "(self, size)",
    (_compositor.Compositor, "_regions_to_spans"): "(regions)",
    (Screen, "_on_idle"): "(self, event)",
    (Screen, "_on_timer_update"): "(self)",
    (Screen, "_invoke_and_clear_callbacks"): "(self)",
    (_compositor.LayoutUpdate, "__init__"): "(self, strips, region)",
    (_compositor.ChopsUpdate, "__init__"): "(self, chops, spans, chop_ends)",
    (_styles_cache.StylesCache, "get_inner_outer"): "(cls, base_background, background)",
    (_xterm_parser.XTermParser, "__init__"): "(self, debug)",
    (_xterm_parser.XTermParser, "feed"): "(self, data)",
    (linux_driver.LinuxDriver, "_run_input_thread"): "(self)",
    (linux_driver.LinuxDriver, "_get_terminal_size"): "(self)",
    (linux_driver.LinuxDriver, "_query_in_band_window_resize"): "(self)",
    (linux_driver.LinuxDriver, "_sigtstp_application"): "(self, _)",
    (linux_driver.LinuxDriver, "_sigcont_application"): "(self, _)",
    (linux_driver.LinuxDriver, "_patch_lflag"): "(attrs)",
    (linux_driver.LinuxDriver, "_patch_iflag"): "(attrs)",
    (linux_driver.LinuxDriver, "_enable_mouse_support"): "(self)",
    (linux_driver.LinuxDriver, "_disable_mouse_support"): "(self)",
    (linux_driver.LinuxDriver, "_enable_bracketed_paste"): "(self)",
    (linux_driver.LinuxDriver, "_disable_line_wrap"): "(self)",
}
"""Each private method, and those of private classes, with the parameters that we give or take."""

AS_TEXTUAL_HAS_THEM = {(owner, name): getattr(owner, name, None) for owner, name in METHODS}
"""Before a test starts the program, which replaces some."""

ATTRIBUTES: dict[type, dict[str, type | tuple[type, ...]]] = {
    App: {
        "_disable_tooltips": bool,
        "_disable_notifications": bool,
        "_exception": type(None),
        "_driver": type(None),
        "_running": bool,
        "_closed": bool,
        "_batch_count": int,
        "_sync_available": bool,
        "_loop": type(None),
        "_keymap": dict,
        "_exit": bool,
    },
    DOMNode: {"_bindings": textual.binding.BindingsMap},
    Screen: {
        "_dirty_widgets": set,
        "_layout_required": bool,
        "_scroll_required": bool,
        "_repaint_required": bool,
        "_recompose_required": bool,
    },
}
"""Each private attribute with the type of its first value."""

DRIVER = ("_app", "_auto_restart", "_file", "_loop", "_mouse", "_must_signal_resume", "_writer_thread")
"""Private attributes of a driver, which only a terminal makes."""


@pytest.mark.parametrize(("owner", "name"), METHODS, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_a_private_method_takes_what_it_took(owner: type, name: str) -> None:
    method = AS_TEXTUAL_HAS_THEM[owner, name]
    assert method is not None
    assert f"({', '.join(inspect.signature(method).parameters)})" == METHODS[owner, name]


@pytest.mark.parametrize(
    ("make", "name", "kind"),
    [
        pytest.param(owner, name, kind, id=f"{owner.__name__}.{name}")
        for owner, names in ATTRIBUTES.items()
        for name, kind in names.items()
    ],
)
def test_a_private_attribute_begins_as_it_did(make: Callable[[], object], name: str, kind: type) -> None:
    assert isinstance(getattr(make(), name), kind)


def test_a_screen_has_its_compositor() -> None:
    async def look() -> None:
        async with App[None]().run_test() as pilot:
            screen = pilot.app.screen
            assert isinstance(screen._compositor, _compositor.Compositor)
            assert isinstance(screen._compositor._dirty_regions, set)
            assert callable(screen._update_timer.resume)
            assert screen._message_queue.ready_event._waiters is not None

    asyncio.run(look())


@pytest.mark.parametrize("name", DRIVER)
def test_a_driver_sets_what_ours_reads(name: str) -> None:
    sources = "".join(inspect.getsource(one) for one in linux_driver.LinuxDriver.__mro__[:-1])
    assert re.search(rf"self\.{name}\b.* = ", sources)


def test_the_writer_has_a_queue() -> None:
    with Path("/dev/null").open("w") as nowhere:
        assert _writer_thread.WriterThread(nowhere)._queue.empty()


def test_the_parser_says_whether_it_waits_for_more() -> None:
    parser = _xterm_parser.XTermParser()
    assert parser._awaiting.timeout is None
    list(parser.feed("\x1b[99q"))
    assert parser._awaiting.timeout is not None, "an unknown sequence is still being read"
    assert {"last_x", "last_y"} <= vars(parser).keys()


def test_the_table_of_keys_can_be_added_to() -> None:
    assert isinstance(_ansi_sequences.ANSI_SEQUENCES_KEYS, dict)


def test_each_override_is_in_the_table() -> None:
    for ours, theirs in ((PatchedApp, App), (PatchedDriver, linux_driver.LinuxDriver)):
        inherited = {name for one in theirs.__mro__ for name in vars(one)}
        overridden = {name for name, value in vars(ours).items() if is_private(name) and isfunction(value)} & inherited
        assert overridden <= {name for owner, name in METHODS if owner is theirs}


async def test_a_widget_that_handles_a_message_is_not_idle() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert is_idle(app)
        held, go_on = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            held.set()
            await go_on.wait()

        app.call_later(hold)
        assert not is_idle(app), "a message waits"
        await held.wait()
        assert not is_idle(app), "a message is being handled"
        go_on.set()
        await pilot.pause()
        assert is_idle(app)


def test_lines_of_a_closed_screen_are_not_kept() -> None:
    textual_patches.apply()
    textual_patches.apply()
    assert not hasattr(_styles_cache.StylesCache.get_inner_outer, "cache_info")
    black, white = Color(0, 0, 0), Color(255, 255, 255)
    inner, outer = _styles_cache.StylesCache().get_inner_outer(black, white)
    assert (inner.background, outer.background) == (white, black)


async def test_of_many_focus_reports_the_last_one_counts() -> None:
    class Counting(PatchedApp):
        watched: list[bool] = []

        def watch_app_focus(self, focus: bool) -> None:
            self.watched.append(focus)

    app = Counting()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.watched.clear()
        for message in InputReader().feed(b"\x1b[I\x1b[O" * 1000):
            app.post_message(message)
        await pilot.pause()
        assert app.watched == [False]
        app.post_message(events.AppBlur())
        app.post_message(events.Key("a", "a"))
        app.post_message(events.AppFocus())
        await pilot.pause()
        assert app.app_focus


class Lines(Widget):
    """Three lines that say how often they were drawn."""

    DEFAULT_CSS = "Lines { height: 3; }"

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []

    def render_lines(self, crop: Region) -> list[Strip]:
        self.drawn += crop.line_range
        return [Strip.blank(crop.width)] * crop.height


class Drawing(PatchedApp):
    """Two widgets of three lines, and what was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.upper, self.lower = Lines(), Lines()
        self.updates: list[list[tuple[int, int]]] = []

    def compose(self) -> Iterator[Lines]:
        yield self.upper
        yield self.lower

    def draw_update(self, update: Update) -> None:
        self.updates.append([(x, y) for x, y, _segments in placed_strips(update)])


async def test_a_changed_line_is_drawn_and_no_other() -> None:
    """A letter in the bar had all messages and the whole list drawn, and cost four times as much."""
    app = Drawing()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.upper.drawn.clear()
        app.lower.drawn.clear()
        app.updates.clear()
        app.lower.refresh(Region(5, 1, 2, 1))
        await pilot.pause()
        assert (app.upper.drawn, app.lower.drawn) == ([], [1])
        assert app.updates == [[(0, 4)]]


async def test_what_follows_a_draw_need_not_wait_for_the_next_frame() -> None:
    """A key whose second step came from the store was seen up to 16 ms late. A flood is drawn 60 times a second."""
    app = Drawing()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.draw_allowance = DrawAllowance(lambda: 0.0)  # no time goes by
        for _ in range(2):
            app.updates.clear()
            app.upper.refresh()
            for _turn in range(30):
                await asyncio.sleep(0)
            assert app.updates == [[(0, 0), (0, 1), (0, 2)]]


def test_a_burst_is_drawn_at_once_and_then_a_frame_at_a_time() -> None:
    now = 0.0
    allowance = DrawAllowance(lambda: now)
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    now += 1 / 60 + 0.001
    assert [allowance.take() for _ in range(2)] == [True, False]
    now += 60
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]


def test_each_private_name_is_looked_at_here() -> None:
    nodes = list(ast.walk(ast.parse(PATCHES.read_text("utf-8"))))
    used = {one.attr for one in nodes if isinstance(one, ast.Attribute) and re.match("_[a-z]", one.attr)}
    ours = {one.name for one in nodes if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)} | {
        one.attr
        for one in nodes
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and ast.unparse(one.value) == "self"
    }
    here = set(re.findall(r"\b_[a-z]\w*", Path(__file__).read_text("utf-8")))
    assert used - ours - here == set()
    assert "_dirty_regions" in used


# ---------------------------------------------------------------- no other module


@cache
def private_names() -> frozenset[str]:
    """Names with an underscore that Textual's and rich's classes have."""
    names: set[str] = set()
    with no_collections():
        for package in ("textual", "rich"):
            for path in Path(import_module(package).__path__[0]).glob("*.py" if package == "rich" else "**/*.py"):
                names |= set(defined(ast.walk(ast.parse(path.read_text()))))
    return frozenset(names)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def defined(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Private names that a module's classes and functions define."""
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                pass
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                pass
            case ast.Name(id=name, ctx=ast.Store()):
                pass
            case _:
                continue
        if is_private(name):
            yield name


@pytest.fixture(scope="module")
def modules() -> dict[Path, list[ast.AST]]:
    """Return what all other modules consist of."""
    return {path: nodes for path, nodes in source_nodes().items() if path != PATCHES}


def imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, tuple(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)


def of_toolkit(module: str) -> bool:
    return module.split(".")[0] in ("textual", "rich")


def test_no_other_module_imports_a_private_name(modules: dict[Path, list[ast.AST]]) -> None:
    for path, nodes in modules.items():
        for module, names in imported(nodes):
            if of_toolkit(module):
                assert not any(map(is_private, (*module.split("."), *names))), f"{path}: {module} {names}"


def test_no_other_module_reads_a_private_attribute(modules: dict[Path, list[ast.AST]]) -> None:
    """A private name of Textual's that a module reads is its own, or that of a module of ours which it imports."""
    own = {path: set(defined(nodes)) for path, nodes in modules.items()}
    for path, nodes in modules.items():
        used = [module for module, _names in imported(nodes)]
        if not any(map(of_toolkit, used)) and not any(one.startswith(("tui.widgets", "tui.screens")) for one in used):
            continue
        near = own[path].union(*(own.get(ROOT / f"{one.replace('.', '/')}.py", set()) for one in used))
        found = {
            node.attr
            for node in nodes
            if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr in private_names() - near
        }
        assert not found, f"{path} reads {found}"


def ancestors(kind: type) -> list[type]:
    return [one for one in kind.__mro__ if of_toolkit(one.__module__)]


def test_no_other_class_overrides_a_private_method(modules: dict[Path, list[ast.AST]]) -> None:
    for path, nodes in modules.items():
        if not any(of_toolkit(module) for module, _names in imported(nodes)) and "widgets" not in path.parts:
            continue
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for kind in vars(module).values():
            if not isinstance(kind, type) or kind.__module__ != module.__name__:
                continue
            inherited = {name for one in ancestors(kind) for name in vars(one)}
            methods = {name for name, value in vars(kind).items() if is_private(name) and isfunction(value)}
            assert not methods & inherited, f"{path}: {kind.__name__} overrides {methods & inherited}"


def test_only_the_minor_version_that_was_looked_at_is_allowed() -> None:
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    major, minor, *_ = version("textual").split(".")
    (pin,) = (pin for pin in pins if pin.startswith("textual"))
    assert re.fullmatch(rf"textual>={major}\.{minor}\.\d+,<{major}\.{int(minor) + 1}", pin)
