"""Figures of the briefs: each beside the floor that its goal names. CPU time, in turns, in processes of their own.

Goals: at 30 pages at most 1.3 times plain paragraphs and 6 times typst, and not slower than Chromium; at 120 pages no
more per page than at 30; a cold process at most 1.5 s and 200 MB; memory flat over 200 briefs.
"""

import statistics
import subprocess
import sys
from contextlib import ExitStack

from bench import figure
from bench.peer import Peer


def _in_turns(one: tuple[str, int], other: tuple[str, int], rounds: int = 7) -> tuple[float, float]:
    """Median CPU milliseconds of both."""
    with ExitStack() as stack:
        peers = [Peer(*work) for work in (one, other)]
        for peer in peers:
            stack.callback(peer.stop)
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for peer, times in zip(peers, taken, strict=True):
                times.append(peer.run()["cpu"])
    return statistics.median(taken[0]), statistics.median(taken[1])


@figure("brief_30_pages", "ms")
def brief() -> tuple[float, float]:
    """The plan's brief, warm; the floor is WeasyPrint as it comes on the same text as plain paragraphs."""
    return _in_turns(("ours", 30), ("plain", 30))


@figure("brief_30_pages_to_typst", "ms")
def brief_to_typst() -> tuple[float, float]:
    """The same against typst's first compilation of the plain paragraphs."""
    return _in_turns(("ours", 30), ("typst", 30))


@figure("brief_30_pages_to_chromium", "ms")
def brief_to_chromium() -> tuple[float, float]:
    """The same against a Chromium that is started to print the plain paragraphs."""
    return _in_turns(("ours", 30), ("chromium", 30), rounds=3)


@figure("brief_120_pages_a_page", "ms")
def brief_a_page() -> tuple[float, float]:
    """A page of a brief of 120 pages; the floor is a page of one of 30."""
    with ExitStack() as stack:
        peers = [Peer("ours", 120), Peer("ours", 30)]
        for peer in peers:
            stack.callback(peer.stop)
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(4):
            for peer, times in zip(peers, taken, strict=True):
                told = peer.run()
                times.append(told["cpu"] / told["pages"])
    return statistics.median(taken[0]), statistics.median(taken[1])


@figure("brief_cold_process", "s")
def brief_cold() -> tuple[float, float]:
    """A short brief by a new process, CPU seconds; the floor is Django and WeasyPrint merely imported."""
    imports = "import django, weasyprint; django.setup()"

    def spent(command: list[str]) -> float:
        import resource

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, input=b"1\n")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

    ours, least = [], []
    for _ in range(5):
        ours.append(spent([sys.executable, "-m", "bench.peer", "ours", "6"]))
        least.append(spent([sys.executable, "-c", imports]))
    return statistics.median(ours), statistics.median(least)


@figure("brief_peak_memory", "MB")
def brief_memory() -> tuple[float, float]:
    """Peak of a process that has set a brief of 30 pages; the floor is WeasyPrint as it comes, on the plain text."""
    peaks = []
    for work in ("ours", "plain"):
        peer = Peer(work, 30)
        peaks.append(peer.run(2)["peak"])
        peer.stop()
    return peaks[0], peaks[1]


@figure("brief_memory_after_200", "MB")
def brief_leak() -> tuple[float, float]:
    """What a worker holds after 200 short briefs; the floor is what it held after 20."""
    peer = Peer("ours", 6)
    try:
        early = peer.run(19)["now"]
        return peer.run(180)["now"], early
    finally:
        peer.stop()
