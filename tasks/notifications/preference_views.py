"""我的账号: who I am here, the size of type, and which messages I want by which channel."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tasks.errors import Problems
from tasks.notifications import preferences
from tasks.notifications.reminder_rules import address_of, personal_channels
from tasks.notifications.values import COMPULSORY, Channel, Topic
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.values import Role


@dataclass(frozen=True)
class Cell:
    channel: Channel
    name: str  # of the box, and its value
    is_wanted: bool


@dataclass(frozen=True)
class Line:
    topic: Topic
    is_compulsory: bool
    cells: list[Cell]


def lines_of(user: User, wanted: Collection[str] | None = None) -> list[Line]:
    """One line for each topic; `wanted` is what a refused form asked for."""
    unwanted = set(user.unwanted)

    def is_wanted(name: str) -> bool:
        return name in wanted if wanted is not None else name not in unwanted

    return [
        Line(
            topic,
            topic in COMPULSORY,
            [
                Cell(channel, name, topic in COMPULSORY or is_wanted(name))
                for channel in personal_channels()
                for name in [f"{topic}:{channel}"]
            ],
        )
        for topic in Topic
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def own_account(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    problems: list[dict[str, str]] = []
    asked = request.POST.getlist("wanted") if request.method == "POST" else None
    if asked is not None:
        pairs = [(topic, channel) for topic, _colon, channel in (one.partition(":") for one in asked)]
        try:
            preferences.choose(by=user, wanted=pairs)
        except Problems as refused:
            problems = [{"field_id": "messages", "text": one.text} for one in refused.problems]
        else:
            messages.success(request, _("消息设置已保存。"))
            return redirect("own_account")
    context: dict[str, Any] = {
        "roles": [
            str(Role(role).label) for role in Role.values if role in {one.role for one in user.in_force}
        ],
        "lines": lines_of(user, asked),
        "channels": [(channel, address_of(user, channel)) for channel in personal_channels()],
        "problems": problems,
    }
    return render(request, "people/own_account.html", context, status=422 if problems else 200)
