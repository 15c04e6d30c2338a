# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clips, by the local service's renderer, and bodies of any size."""

import hashlib
import os
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from . import servers
from .settings import Level, Places

PROMPT = "A paper boat sails down a rainy street at dusk"


@dataclass(frozen=True)
class Media:
    """Names of files in the folder that is served."""

    folder: Path
    moov_first: str
    moov_last: str
    fragmented: str
    moov_last_6: str
    moov_last_12: str
    tiny: str = "tiny.mp4"

    def path(self, name: str) -> Path:
        return self.folder / name

    def size(self, name: str) -> int:
        return self.path(name).stat().st_size

    def seconds(self, name: str) -> int:
        return int(name.rsplit("-", 1)[1].removesuffix("s.mp4"))

    def body(self, size: int) -> str:
        """A clip of that many bytes: a real one, and then a box that is free,
        which takes no room on the disk."""
        name = f"body-{size}.mp4"
        path = self.folder / name
        if not path.exists():
            clip = self.path(self.tiny).read_bytes()
            rest = size - len(clip)
            with open(path, "wb") as file:
                file.write(clip)
                file.write(struct.pack(">I4sQ", 1, b"free", rest))
                file.truncate(size)
        return name


def render(service, path: Path, layout: str, resolution: str, duration: int):
    if path.exists():
        return
    service.settings(layout=layout)
    task = service.order(prompt=PROMPT, resolution=resolution,
                         duration=duration, seed=7)
    data = service.control(f"clip/{task['task_id']}")
    partial = path.with_suffix(".part")
    partial.write_bytes(data)
    partial.rename(path)


def clips(level: Level) -> dict[str, tuple[str, str, int]]:
    """For each file: layout, resolution, seconds."""
    if level.small_clips:
        usual = large = larger = ("480p", 1)
    else:
        usual, large, larger = ("720p", 5), ("1080p", 5), ("1080p", 10)
    return {
        "moov_first": ("moov-first", *usual),
        "moov_last": ("moov-last", *usual),
        "fragmented": ("fragmented", *usual),
        "moov_last_6": ("moov-last", *large),
        "moov_last_12": ("moov-last", *larger),
    }


def make(places: Places, level: Level) -> Media:
    places.media.mkdir(parents=True, exist_ok=True)
    names = {}
    with servers.service(places.service, places.scratch / "render.log") as one:
        render(one, places.media / Media.tiny, "moov-first", "480p", 1)
        for key, (layout, resolution, duration) in clips(level).items():
            names[key] = f"{layout}-{resolution}-{duration}s.mp4"
            render(one, places.media / names[key], layout, resolution,
                   duration)
    media = Media(places.media, **names)
    for size in {level.body, *level.sizes}:
        media.body(size)
    return media


def record(names: list[str], row: tuple, number: int) -> tuple:
    """The one of another clip."""
    digits = hashlib.sha256(str(number).encode()).hexdigest()
    values = dict(zip(names, row)) | {
        "id": number + 1, "name": digits[:32], "identity": digits,
        "stored": 0, "task_id": f"task-{number}", "prompt": f"{PROMPT}, take {number}"}
    return tuple(values[name] for name in names)


def copy_ledger(ledger: Path, copy: Path):
    """With what stands in its write-ahead log."""
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(ledger)) as source, \
            closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def records(folder: Path, template: Path, count: int):
    """A ledger of so many clips that were played and made room long ago."""
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    ledger = folder / "ledger.db"
    copy_ledger(template, ledger)
    ledger.chmod(0o600)
    with closing(sqlite3.connect(ledger)) as database, database:
        row, = database.execute("SELECT * FROM attempts")
        names = [column[1] for column in
                 database.execute("PRAGMA table_info(attempts)")]
        database.execute("DELETE FROM attempts")
        marks = ", ".join("?" * len(names))
        database.executemany(
            f"INSERT INTO attempts VALUES ({marks})",
            (record(names, row, number) for number in range(count)))
    # Or the first fsync of who is measured would write them out.
    os.sync()
