"""The small world of supervision, with requests for coordination in it."""

from typing import Any

from reports.coordination.from_returns import follow_returns
from reports.coordination.models import CoordinationRequest
from tasks.models import Agency, Version
from tasks.submissions.announcements import Announcement, What
from tests import factories as make
from tests.supervision.conftest import NOW, World, world

__all__ = ["NOW", "World", "asked", "submitted", "world"]

TEXT = "请协调明确两户停产企业土地处置路径。"


def submitted(
    world: World, text: str, agency: Agency | None = None, quarter: str = "2017Q1", **values: Any
) -> Version:
    """A submitted version with that text in the field, announced as the action announces it."""
    version = make.version(world.task, agency or world.lead, quarter, "red", coordination=text, **values)
    follow_returns([Announcement(What.SUBMITTED, version, world.approver, "")], NOW)
    return version


def asked(world: World, agency: Agency | None = None, text: str = TEXT) -> CoordinationRequest:
    """A request that a return has raised."""
    submitted(world, text, agency)
    return CoordinationRequest.objects.latest("pk")
