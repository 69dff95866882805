"""Every reading page beside the empty page with the same frame (改密码), as three readers, on the plan with all 38
quarters filed.

CPU time of the process and of its database connection, in turns; the machine may be busy. Beside each ratio stand the
page's queries, how far its slowest answers lie above the median, its queries and its ratio with two quarters filed, and
what the answer costs that finds the page unchanged.
"""

import gc
import logging
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bench
from bench import Measured, figure
from bench.filled import fill, filled_plan

if TYPE_CHECKING:
    from django.test import Client

    from tasks.models import Plan

ROUNDS = 12
READERS = ("office", "leader", "reporter")
PAGES = (
    "focus", "overview", "levels", "schedule", "target_list", "project_list", "plan_list", "task_list",
    "task", "matrix", "agency_list", "agency", "source", "desk", "review", "progress", "workplan_list", "contacts",
    "brief_list", "score_list", "evaluation", "notice_list", "instruction_list", "coordination_list", "message_list",
    "version", "search",
)  # fmt: skip


def _backend() -> Path:
    """What Linux tells of the process behind the connection to the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return Path(f"/proc/{cursor.fetchone()[0]}/schedstat")


def _used(backend: Path) -> float:
    """Milliseconds of CPU; of this process alone where the database runs elsewhere."""
    theirs = int(backend.read_text().split()[0]) / 1e6 if backend.exists() else 0.0
    return time.process_time() * 1000 + theirs


@cache
def _people(database: str) -> "dict[str, Client]":
    """In that database: the agency with the most duties, a leader, and an office that is no agency of the plan."""
    from django.db.models import Count

    from tasks.models import Agency, Responsibility
    from tasks.values import Role
    from tests import factories as make
    from tests.pages import client

    busiest = Responsibility.objects.values("agency").annotate(n=Count("id")).order_by("-n")[0]["agency"]
    apart = make.agency()
    return {
        "office": client(make.user(Role.OFFICE, agency=apart, password=None)),
        "leader": client(make.user(Role.LEADERSHIP, agency=apart, password=None)),
        "reporter": client(make.user(Role.REPORTER, agency=Agency.objects.get(pk=busiest), password=None)),
    }


def _address(name: str, plan: "Plan") -> str:
    from django.urls import reverse

    from qhplan.navigation import PLACES
    from tasks.models import Agency, Task, Version

    if name == "task":
        return reverse(name, args=[plan.slug, Task.objects.filter(plan=plan).order_by("order")[3].ref])
    if name == "agency":
        led = Agency.objects.filter(responsibilities__task__plan=plan, responsibilities__duty="lead")
        return reverse(name, args=[plan.slug, led.order_by("pk")[0].slug])
    if name == "version":
        latest = Version.objects.filter(task__plan=plan, decision="accepted").latest("pk")
        return reverse(name, args=[latest.submission_id, latest.number])
    if name == "search":
        return reverse(name) + "?q=锂电"
    return PLACES[name].address(plan, plan) if name in PLACES else reverse(name)


@contextmanager
def _counted() -> Iterator[list[str]]:
    from django.db import connection

    ran: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        ran.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        yield ran


@cache
def _two_quarters() -> str:
    """A copy of the first plan with the last two quarters filed; its name."""
    from tasks.models import Plan
    from tests import rig

    name = f"{rig.TEMPLATE}_two_quarters"
    rig.create(name, rig.TEMPLATE)
    bench.cleanup.callback(rig.drop, name)
    with _turned_to(name):
        plan = Plan.objects.get(slug="qinghai-2016-48")
        fill(plan, plan.last_quarter - 1)
    return name


@contextmanager
def _turned_to(name: str) -> Iterator[None]:
    from tests import rig

    rig.turn_to(name)
    try:
        yield
    finally:
        rig.turn_to(bench.database)


def _measure(reader: str, name: str, plan: "Plan", rounds: int = ROUNDS) -> Measured | None:
    """None where the reader may not open the page."""
    from django.db import connection
    from django.urls import reverse

    logging.getLogger("django.request").setLevel("ERROR")  # refusals are expected
    browser = _people(str(connection.settings_dict["NAME"]))[reader]
    url, empty = _address(name, plan), reverse("password")
    browser.get(empty)
    if (page := browser.get(url)).status_code != 200:
        return None
    page = browser.get(url)  # the first one set the cookie of the forms' tokens
    backend = _backend()
    held = {"If-None-Match": page.headers["ETag"]} if "ETag" in page.headers else None
    with _counted() as ran:
        browser.get(url)
    taken: tuple[list[float], ...] = ([], [], [])
    gc.collect()
    for _ in range(rounds):
        for address, headers, times in ((url, None, 0), (empty, None, 1), (url, held, 2)):
            if times == 2 and held is None:
                continue
            begin = _used(backend)
            answer = browser.get(address, headers=headers)
            taken[times].append(_used(backend) - begin)
            assert answer.status_code == (304 if times == 2 else 200)
    value, floor = statistics.median(taken[0]), statistics.median(taken[1])
    more: dict[str, Any] = {
        "queries": len(ran),
        "p95": round(sorted(taken[0])[math.ceil(rounds * 0.95) - 1] / value, 2),
        "kB": len(page.content) // 1024,
    }
    if held:
        more["unchanged"] = round(statistics.median(taken[2]) / floor, 2)
    return Measured(value, floor, more)


def _figure(reader: str, name: str) -> None:
    @figure(f"page_{name}_{reader}", "ms")
    def page() -> Measured | None:
        plan = filled_plan()
        if (found := _measure(reader, name, plan)) is None:
            return None
        with _turned_to(_two_quarters()):
            few = _measure(reader, name, plan, rounds=5)
        if few is not None:
            found.more["two_quarters"] = f"{few.more['queries']} queries {few.value / few.floor:.1f}"
        return found


for _reader in READERS:
    for _name in PAGES:
        _figure(_reader, _name)
