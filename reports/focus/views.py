"""重点关注: the leading group's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.focus.queries import Focus, focus
from tasks.people.access import allowed
from tasks.people.permissions import may_instruct, may_see_problems
from tasks.web.page_extensions import extensions
from tasks.wording import light_parts

SHOWN_REQUESTS, SHOWN = 3, 2  # before the others are folded behind a count


@dataclass(frozen=True)
class Fold:
    """A list as the page shows it: its first rows, and the others behind a count."""

    rows: Sequence[Any]
    rest: Sequence[Any]

    @classmethod
    def of(cls, rows: Sequence[Any], shown: int = SHOWN) -> "Fold":
        return cls(rows[:shown], rows[shown:])

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.rest)


@dataclass(frozen=True)
class FocusPage:
    lede: str
    found: Focus
    requests: Fold
    red: Fold
    targets: Fold
    notices: Fold
    instructions: Fold
    briefs: Fold
    writes_himself: bool
    write_url: str


@require_GET
@allowed(may_see_problems)
def focus_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What to step in for, each with one act."""
    asked = ask(request, slug)
    found = focus(asked.user, asked.plan, asked.quarter, asked.known_at)
    parts = extensions("focus", user=asked.user, plan=asked.plan)
    page = FocusPage(
        lede=sentence(asked, found),
        found=found,
        requests=Fold.of(found.requests, SHOWN_REQUESTS),
        red=Fold.of(found.red),
        targets=Fold.of(found.targets),
        notices=Fold.of(found.notices),
        instructions=Fold.of(found.instructions),
        briefs=Fold.of(parts.get("briefs") or ()),
        writes_himself=may_instruct(asked.user),
        write_url=f"{reverse('instruction_new')}?{urlencode({'plan': asked.plan.slug})}",
    )
    return render(request, "focus/focus.html", page_context(asked, page, news=parts.get("news")))


def sentence(asked: Asked, found: Focus) -> str:
    """The answer before the lists."""
    words: dict[str, Any] = {
        "quarter": asked.quarter.label,
        "n": found.request_count,
        "u": found.unanswered,
        "behind": len(found.red),
        "lasting": found.lasting,
        "missed": len(found.targets),
        **light_parts(),
    }
    if not words["n"]:
        said = _("没有待协调的事项")
    elif words["u"]:
        said = _("%(n)d件事提请协调，其中%(u)d件尚未答复") % words
    else:
        said = _("%(n)d件事提请协调，均在办理") % words
    if words["lasting"]:
        said += _("；%(quarter)s%(behind)d项任务%(red_word)s，其中%(lasting)d项连续%(red_word)s") % words
    elif words["behind"]:
        said += _("；%(quarter)s%(behind)d项任务%(red_word)s") % words
    if words["missed"]:
        said += _("；按现进度，%(missed)d项目标预计难以完成") % words
    return said + _("。")
