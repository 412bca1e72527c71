"""Clusters of several code points, as people type them."""

from __future__ import annotations

FAMILY = "👩‍👩‍👧"
FLAG = "🇨🇳"
