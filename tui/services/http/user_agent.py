"""Browser that wxtui calls itself: Web WeChat turns away clients that do not look like one.

Chrome 158 was the stable version for desktops on the day below (158.0.8127.37, as the installers in
github.com/Bush2021/chrome_installer are dated). Chrome itself writes zeros for all but the first number. The release
checklist in CONTRIBUTING.md says when to renew version and day, together.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

CHROME: Final = 158
CURRENT_ON: Final = date(2026, 11, 17)
"""Day on which this was the version that people had."""
OLD_AFTER: Final = timedelta(days=365)
"""Age at which a browser draws attention: hardly anybody still has that one."""
USER_AGENT: Final = (
    f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{CHROME}.0.0.0 Safari/537.36"
)


def is_old(today: date) -> bool:
    """Return whether the browser has become one that nobody has."""
    return today - CURRENT_ON > OLD_AFTER
