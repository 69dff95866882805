"""Adds agencies that the plan does not name, such as the second reviewing agency."""

from collections.abc import Container
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max
from django.utils.translation import gettext as _

from tasks import typed
from tasks.agencies.models import Agency, AgencyKind, AgencyName
from tasks.errors import Problem, Problems
from tasks.slugs import AGENCY_SLUG
from tasks.values import Origin
from tasks.wording import current


@transaction.atomic
def add_agency(
    *,
    slug: str,
    kind: str,
    short: str,
    full: str,
    since: date | None,
    note: str,
    region: Agency | None = None,
    jurisdiction_id: int | None = None,
    kinds: Container[str] = AgencyKind.values,
) -> Agency:
    """Adds an agency with its name from `since` on (None: unknown day), with origin outside the plan and a reason.
    `kinds` are those of its jurisdiction.

    Checks no permission: callers are management commands and actions that check it. Raises Problems on the field.
    """
    problems = []
    if refusal := AGENCY_SLUG.refusal(slug):
        problems.append(Problem("slug", refusal))
    elif Agency.objects.filter(slug=slug).exists():
        problems.append(Problem("slug", _("代号 %(slug)s 已被使用，请换一个。") % {"slug": slug}))
    if kind not in kinds or kind == AgencyKind.COLLECTIVE:
        problems.append(Problem("kind", _("类别须是单位的类别之一，不能是集合单位。")))
    if region is not None and (kind != AgencyKind.ZONE or region.kind != AgencyKind.GOVERNMENT):
        problems.append(Problem("region", _("只有园区可以选所在%(places)s。") % {"places": current().places}))
    if not short.strip() or len(short) > 60:
        problems.append(Problem("short", _("请写简称，最多 60 字。")))
    if len(full.strip()) > 120:
        problems.append(Problem("full", _("全称最多 120 字。")))
    if not note.strip():
        problems.append(Problem("note", _("方案未列这个单位，请写明为何加入。")))
    if problems:
        raise Problems(problems)
    last = Agency.objects.aggregate(last=Max("order"))["last"] or 0
    agency = Agency.objects.create(
        slug=slug,
        kind=kind,
        order=last + 1,
        in_plan=False,
        note=note.strip(),
        region=region,
        jurisdiction_id=jurisdiction_id,
    )
    AgencyName.objects.create(
        agency=agency,
        short=typed.line(short),
        full=typed.line(full),
        valid=DateRange(since, None),
        origin=Origin.OUTSIDE,
        note=typed.prose(note),
    )
    return agency
