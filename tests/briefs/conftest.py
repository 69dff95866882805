"""Briefs for tests: a small plan, an office, and PDFs that nobody had to set."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from reports.briefs import actions, jobs, render
from reports.briefs.actions import Made
from reports.briefs.models import Brief, SetContent
from reports.briefs.values import BriefHead
from tasks.models import Plan, User
from tasks.values import Period, Role
from tasks.wording import speaking
from tests import factories as make
from tests.briefs import example

NOW = make.moment("2017-07-05 10:00")
Q1 = Period(2017, 1)
FIGURES = b'{"as_at":"2017-03-31"}'


@pytest.fixture(autouse=True)
def _words_of_a_province() -> Iterator[None]:
    """Whoever composes a brief speaks in the words of its plan; the examples are of a province."""
    with speaking(example.WORDING):
        yield


@pytest.fixture
def office(db: None) -> User:
    return make.user(Role.OFFICE, display_name="办公室王某")


@pytest.fixture
def reader(db: None) -> User:
    return make.user(Role.LEADERSHIP)


def with_every_part(plan: Plan) -> Plan:
    """A plan whose office wants numbered papers on every part in a set."""
    SetContent.objects.create(plan=plan, kinds=["plan", "one_page", "group", "sector", "agency"])
    return plan


@pytest.fixture
def small_plan(db: None) -> Plan:
    plan = make.plan()
    make.task(plan, lead=make.agency())
    return plan


def frozen(
    plan: Plan,
    *,
    quarter: Period = Q1,
    at: datetime = NOW,
    figures: bytes = FIGURES,
    unprintable: dict[str, str] | None = None,
) -> Brief:
    """A draft whose figures are frozen; its PDF is words."""
    brief = actions.ask(by=None, plan=plan, quarter=quarter, now=at)
    made = Made(f"draft {brief.pk}".encode(), 3, 0.1, unprintable or {})
    actions.freeze(brief=brief, figures=figures, made=made, now=at)
    return brief


def issued(plan: Plan, *, by: User | None = None, quarter: Period = Q1, at: datetime = NOW) -> Brief:
    """An issued brief, the next edition when there is one already."""
    brief = frozen(plan, quarter=quarter, at=at)
    actions.issue(by=by, brief=brief, now=at)
    actions.publish(brief=brief, made=Made(f"issued {brief.pk}".encode(), 3, 0.1), now=at)
    return brief


@dataclass
class Typesetter:
    """Stands in the place of the real one: remembers what it was given, and fails when told to."""

    heads: list[BriefHead] = field(default_factory=list)
    words: list[dict[str, str]] = field(default_factory=list)
    error: Exception | None = None
    unprintable: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, figures: bytes, head: BriefHead, words: Mapping[str, str] | None = None
    ) -> render.Rendered:
        self.heads.append(head)
        self.words.append(dict(words or {}))
        if self.error is not None:
            raise self.error
        pdf = b"%PDF " + figures + repr(head).encode()
        return render.Rendered(pdf, 2, "", unprintable=dict(self.unprintable))


@pytest.fixture
def typesetter(monkeypatch: pytest.MonkeyPatch) -> Typesetter:
    fake = Typesetter()
    monkeypatch.setattr(jobs, "render", fake)
    monkeypatch.setattr(jobs.fonts, "fonts_ready", lambda: True)
    return fake


@pytest.fixture
def at_now(monkeypatch: pytest.MonkeyPatch) -> Callable[[], datetime]:
    """The clock stands at NOW."""
    from django.conf import settings

    monkeypatch.setattr(settings, "QHPLAN_NOW", NOW)
    return lambda: NOW
