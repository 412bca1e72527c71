"""What the tests' own measure of coverage counts, against coverage.py's tracer."""

from __future__ import annotations

from pathlib import Path
from types import CodeType

import pytest
from coverage import Coverage, CoverageData

from tests.support.branch_coverage import RAN, arcs_that_ran, noting

SAMPLE = '''
"""Every kind of statement that has a way past it, and calls that take some of the ways."""

from __future__ import annotations

import asyncio
from functools import cache

CONSTANT = 1
"""What a constant is for."""


@cache
def condition(number: int) -> str:
    """A docstring comes first."""
    if number > 2:
        return "large"
    elif number > 1:
        word = "two"
    else:
        word = "small"
    if number < 0:
        word = "negative"
    return word


def loops(numbers: list[int]) -> int:
    for number in numbers:
        if number == 3:
            break
        if number == 2:
            continue
    else:
        return 0
    while numbers:
        numbers.pop()
    for number in numbers:
        pass
    return sum(
        number
        for number in numbers
    )


def cases(thing: object) -> str:
    match thing:
        case int() if thing > 1:
            return "many"
        case (
            int()
            | float()
        ):
            return "number"
        case str():
            found = "text"
    match thing:
        case str():
            pass
        case other:
            found = "other"
    match thing:
        case bytes():
            found = "bytes"
    return found


def failures(thing: object) -> str:
    try:
        return str(1 / thing)
    except ZeroDivisionError:
        return "zero"
    except TypeError:
        with memoryview(b""):
            if thing:
                return "type"
    finally:
        if thing == "x":
            print
    return "none"


class Held:
    word: str = "held"

    @property
    def held(self) -> str:
        return self.word


async def awaited() -> list[int]:
    async def numbers():
        yield 1
        if CONSTANT:
            yield 2

    async for number in numbers():
        if number == 5:
            break
    return [number async for number in numbers()]


condition(1), condition(2)
loops([1, 3]), loops([2])
cases(0.5), cases("x")
failures("x")
asyncio.run(awaited())
'''


def counted(path: Path, data: CoverageData) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """The lines that are missing, and of each branch how many ways it has and how many were taken."""
    report = Coverage(data_file=None, config_file=False, branch=True)
    report.get_data().update(data)
    return report.analysis2(str(path))[3], report.branch_stats(str(path))


def compiled(source: object, path: Path) -> CodeType:
    return compile(source, str(path), "exec", dont_inherit=True)  # type: ignore[call-overload, no-any-return]


def test_what_is_counted_is_what_a_tracer_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sample.py"
    path.write_text(SAMPLE, "utf-8")

    tracer = Coverage(data_file=None, config_file=False, branch=True, include=[str(path)], messages=False)
    with tracer.collect():
        exec(compiled(SAMPLE, path), {"__name__": "sample"})

    ran = bytearray(2 * (SAMPLE.count("\n") + 2))
    monkeypatch.setitem(RAN, str(path), ran)
    exec(compiled(noting(SAMPLE.encode(), str(path)), path), {"__name__": "sample"})
    data = CoverageData(no_disk=True)
    data.add_arcs({str(path): arcs_that_ran(str(path), ran)})

    missing, branches = counted(path, tracer.get_data())
    assert missing and any(taken < ways for ways, taken in branches.values()), "the sample misses nothing"
    assert counted(path, data) == (missing, branches)
