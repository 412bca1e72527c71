import pytest

from tui.units import shown_seconds, shown_size


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (-3, "0 s"), (8.4, "8 s"), (59.6, "1:00"), (185, "3:05"), (3753, "1:02:33")]
)
def test_seconds(seconds: float, shown: str) -> None:
    assert shown_seconds(seconds) == shown


@pytest.mark.parametrize(("size", "shown"), [(0, "0 Bytes"), (1, "1 Byte"), (1024, "1 KiB"), (13_002_342, "12.4 MiB")])
def test_sizes(size: int, shown: str) -> None:
    assert shown_size(size) == shown
