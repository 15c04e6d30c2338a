# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much is measured, and where things are."""

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
SLOW = 2 * MIB


@dataclass(frozen=True)
class Level:
    """How much is measured."""

    name: str
    rounds: int
    few: int  # rounds of what takes long
    many: int  # rounds of what differs much between them
    small: int  # rounds of what takes less than a second
    body: int
    sizes: tuple[int, ...]
    copies: tuple[int, ...]
    records: tuple[int, ...]
    hold_ms: int
    small_clips: bool = False


LEVELS = {
    "full": Level(
        "full", 5, 3, 9, 9, 512 * MIB,
        (2 * MIB, 32 * MIB, 128 * MIB, 512 * MIB, 2048 * MIB),
        (1, 10, 100, 300), (1, 1000, 100_000), 4000),
    "quick": Level(
        "quick", 2, 1, 2, 5, 512 * MIB,
        (2 * MIB, 32 * MIB, 128 * MIB, 512 * MIB, 2048 * MIB),
        (1, 10, 100, 300), (1, 1000, 100_000), 1500),
    "smoke": Level(
        "smoke", 1, 1, 1, 1, 16 * MIB, (2 * MIB, 16 * MIB), (1, 10), (1, 100), 200,
        small_clips=True),
}


@dataclass(frozen=True)
class Places:
    """The folders of a run."""

    build: Path
    scratch: Path

    @property
    def tools(self) -> Path:
        return self.build / "tests" / "benchmark"

    @property
    def plugin(self) -> Path:
        return self.build / "gst" / "seedance"

    @property
    def service(self) -> Path:
        return self.build / "tests" / "service" / "seedance-local"

    @property
    def media(self) -> Path:
        """Kept from run to run."""
        return self.build / "benchmark-media"
