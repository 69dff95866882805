"""Figures of the briefs: each beside the floor that its goal names. CPU time, in turns, in processes of their own.

Goals: at 30 pages at most 1.3 times plain paragraphs and 6 times typst, and not slower than Chromium; at 120 pages no
more per page than at 30; a cold process at most 1.5 s and 200 MB; memory flat over 200 briefs; a quarter's set on two
cores at most 0.6 times as long as on one.
"""

import statistics
import subprocess
import sys
import time
from contextlib import ExitStack

import bench
from bench import figure
from bench.filled import filled_plan
from bench.peer import Peer
from tests import rig


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
    """A brief of six pages by a new process, CPU seconds; the floor is Django and WeasyPrint merely imported.

    With compiled code, as the image has it.
    """
    imports = "import django, weasyprint; django.setup()"
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "bench", "qhplan", "reports", "tasks", "tests"], check=True
    )

    def spent(command: list[str]) -> float:
        import resource

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, input=b"1\n")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

    peer = Peer("ours", 6)
    pages = peer.run()["pages"]
    peer.stop()
    assert pages == 6, f"the short brief has {pages} pages"
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


_SHARE = """
import sys
import django; django.setup()
from django.utils import timezone
from reports.briefs import kinds
from reports.briefs.render import render
from reports.briefs.values import BriefHead
from tasks.models import Plan
from tasks.values import Period

plan, quarter, known_at = Plan.objects.get(slug="qinghai-2016-48"), Period(2017, 1), timezone.now()

def made(one):
    figures = kinds.freeze(
        plan, quarter, known_at=known_at, kind=one.kind, scope=one.ref, name=one.name, is_sample=True
    )
    render(figures, BriefHead(office="办公室"))

every = list(kinds.quarter_set(plan, quarter, ["plan", "one_page", "group", "sector", "agency"]))
made(every[0])
print(len(every), flush=True)
sys.stdin.readline()
for one in every[int(sys.argv[1]) :: int(sys.argv[2])]:
    made(one)
print("done", flush=True)
"""


@figure("brief_set_on_two_cores", "s")
def brief_set() -> tuple[float, float]:
    """A quarter's whole set, frozen and set by two processes; the floor is the same by one. Wall time."""
    filled_plan()

    def taken(processes: int) -> float:
        peers = [
            subprocess.Popen(
                [sys.executable, "-c", _SHARE, str(number), str(processes)],
                env=rig.child_environment(bench.database),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(processes)
        ]
        for peer in peers:
            assert peer.stdout
            assert int(peer.stdout.readline()) > 50
        begun = time.perf_counter()
        for peer in peers:
            assert peer.stdin
            peer.stdin.write("go\n")
            peer.stdin.flush()
        for peer in peers:
            assert peer.stdout
            assert peer.stdout.readline() == "done\n"
        took = time.perf_counter() - begun
        for peer in peers:
            peer.communicate()
        return took

    return taken(2), taken(1)
