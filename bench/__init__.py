"""Benchmarks: each figure beside its floor, the least that the same machine needs in the same run.

A figure is a function under `@figure(name, unit)` in a module of this package. It yields or returns
`(value, floor)`: what our code takes, and what the least code for the same effect takes, measured side by side, so
that a noisy machine moves both. `make bench` prints `name value unit floor ratio` for each and writes
build/bench.json; `make bench ONLY=word` runs the figures whose name has the word.
"""

import gc
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Where a measurement may write, and the database it runs on; set before the first one.
scratch = Path()
database = ""
# What is to be thrown away when all is measured.
cleanup = ExitStack()


@dataclass(frozen=True)
class Measured:
    """What our code takes and its floor, and what else is worth a word."""

    value: float
    floor: float
    more: dict[str, Any] = field(default_factory=dict)


# None: there is nothing to measure, such as a page that the reader may not open.
Measure = Callable[[], tuple[float, float] | Measured | None]


@dataclass(frozen=True)
class Figure:
    """A number that is measured, and the function that does it."""

    name: str
    unit: str
    measure: Measure


figures: list[Figure] = []


def figure(name: str, unit: str) -> Callable[[Measure], Measure]:
    """Register a measurement."""

    def register(measure: Measure) -> Measure:
        figures.append(Figure(name, unit, measure))
        return measure

    return register


def side_by_side(
    ours: Callable[[], object], least: Callable[[], object], *, rounds: int = 30
) -> tuple[float, float]:
    """Median milliseconds of both, run in turns so that the machine's moods fall on both alike."""
    ours(), least()  # the first run of each pays for imports and caches
    taken: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    for _ in range(rounds):
        for work, times in ((ours, taken[0]), (least, taken[1])):
            begin = time.perf_counter()
            work()
            times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])
