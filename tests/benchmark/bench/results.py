# SPDX-License-Identifier: LGPL-2.1-or-later
"""Samples, kept raw, and the medians and ratios that are read off them."""

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Case:
    """One experiment, and how each subject is put through it."""

    row: str
    name: str
    measures: dict[str, Callable[[], dict]]
    rounds: int | None = None


@dataclass
class Results:
    """samples[row][case][subject] is a list with an entry for each round."""

    samples: dict = field(default_factory=dict)

    def add(self, case: Case, subject: str, values: dict):
        row = self.samples.setdefault(case.row, {})
        row.setdefault(case.name, {}).setdefault(subject, []).append(values)

    def of(self, row: str, case: str, subject: str) -> list[dict]:
        return self.samples.get(row, {}).get(case, {}).get(subject, [])

    def cases(self, row: str) -> list[str]:
        return list(self.samples.get(row, {}))

    def subjects(self, row: str) -> list[str]:
        names = {}
        for case in self.samples.get(row, {}).values():
            names.update(dict.fromkeys(case))
        return list(names)

    def values(self, row: str, case: str, subject: str, metric: str) -> list:
        found = [one.get(metric) for one in self.of(row, case, subject)]
        return [value for value in found if isinstance(value, (int, float))]

    def median(self, row, case, subject, metric) -> float | None:
        values = self.values(row, case, subject, metric)
        return median(values) if values else None

    def worst(self, row, case, subject, metric) -> float | None:
        return max(self.values(row, case, subject, metric), default=None)

    def ratio(self, row, case, subject, other, metric) -> float | None:
        """The median of the ratios within each round."""
        pairs = zip(self.of(row, case, subject), self.of(row, case, other))
        ratios = [one[metric] / two[metric] for one, two in pairs
                  if one.get(metric) and two.get(metric)]
        return median(ratios) if ratios else None

    def ratio_to_best(self, row, case, subject, other,
                      metric) -> float | None:
        """Of the median to the other's best round. For a peer that is fast in
        one round and slow in the next: a ratio that is the same twice."""
        best = min(self.values(row, case, other, metric), default=None)
        value = self.median(row, case, subject, metric)
        return value / best if best and value is not None else None

    def word(self, row: str, case: str, subject: str, metric: str) -> str:
        """What was seen each time; all of it, when it differed."""
        samples = self.of(row, case, subject)
        seen = [str(one.get(metric, "")) for one in samples]
        return " / ".join(dict.fromkeys(seen))

    @classmethod
    def load(cls, path: Path) -> "Results":
        return cls(json.loads(path.read_text())["samples"])

    def save(self, path: Path, facts: dict):
        text = json.dumps(facts | {"samples": rounded(self.samples)},
                          separators=(",", ":"))
        path.write_text(text.replace('},"', '},\n"') + "\n")


def rounded(value):
    """Three digits behind the point say enough."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 3)
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()
                if inner is not None}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return value


def measure(cases: Iterable[Case], rounds: int) -> Results:
    """Subjects take turns within each round, and who is first changes."""
    results = Results()
    for case in cases:
        begin = time.monotonic()
        print(f"  {case.row}: {case.name}", end="", file=sys.stderr,
              flush=True)
        subjects = list(case.measures)
        for number in range(case.rounds or rounds):
            turn = number % len(subjects)
            for subject in subjects[turn:] + subjects[:turn]:
                results.add(case, subject, attempt(case.measures[subject]))
        print(f", {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return results


def attempt(one: Callable[[], dict]) -> dict:
    try:
        return one()
    except Exception as error:  # pylint: disable=broad-except
        return {"broken": f"{type(error).__name__}: {error}"[:300]}
