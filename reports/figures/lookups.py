"""Small queries that several pages share."""

from collections.abc import Collection, Iterable, Mapping

from django.db.models import QuerySet

from tasks.agencies.models import Agency, AgencyName
from tasks.indicators.models import Indicator
from tasks.people.models import User
from tasks.plans.models import Mention, Plan, Responsibility, Task
from tasks.submissions.models import Figure, Version
from tasks.values import Period


def agencies_by_id() -> dict[int, Agency]:
    """{id: agency} of all agencies, in their order. One query."""
    return {agency.pk: agency for agency in Agency.objects.all()}


def shorts(names: Mapping[int, AgencyName]) -> dict[int, str]:
    """{agency id: short name}."""
    return {agency_id: name.short for agency_id, name in names.items()}


def names_over(agency_ids: Iterable[int], quarters: Collection[Period]) -> dict[tuple[int, Period], str]:
    """{(agency id, quarter): the name in use on the quarter's last day}. One query."""
    rows = list(AgencyName.objects.filter(agency__in=set(agency_ids)))
    return {
        (row.agency_id, quarter): row.short
        for row in rows
        for quarter in quarters
        if (row.valid.lower is None or row.valid.lower <= quarter.last_day)
        and (row.valid.upper is None or quarter.last_day < row.valid.upper)
    }


def all_names(agency_ids: Iterable[int]) -> dict[int, list[AgencyName]]:
    """{agency id: all its names, the earliest first}. One query."""
    found: dict[int, list[AgencyName]] = {}
    for name in AgencyName.objects.filter(agency__in=set(agency_ids)).order_by("agency_id", "valid"):
        found.setdefault(name.agency_id, []).append(name)
    return found


def visible_versions(user: User, ids: Iterable[int | None]) -> dict[int, Version]:
    """{version id: version}: those of `ids` that the reader may see. One query."""
    wanted = [version_id for version_id in ids if version_id]
    # A page as known at an earlier moment shows what was withdrawn since.
    return {version.pk: version for version in Version.every.visible_to(user).filter(pk__in=wanted)}


def visible_ids(user: User, ids: Iterable[int | None]) -> set[int]:
    """Those of the ids of versions that the reader may see. One query."""
    wanted = [version_id for version_id in ids if version_id]
    return set(Version.every.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True))


def figures_of(version_ids: Iterable[int], indicators: Iterable[Indicator]) -> list[Figure]:
    return list(
        Figure.objects.filter(version__in=list(version_ids), indicator__in=list(indicators)).select_related(
            "version"
        )
    )


def responsibilities_of(ids: Iterable[int]) -> dict[int, Responsibility]:
    """{id: responsibility}, with the place where the plan prints it. One query."""
    rows = Responsibility.objects.filter(pk__in=list(ids)).select_related(
        "mention__agency", "mention__passage"
    )
    return {row.pk: row for row in rows}


def tasks_of(plan: Plan) -> QuerySet[Task]:
    return Task.objects.filter(plan=plan).select_related("group", "passage", "body").order_by("order")


def open_mentions(plan: Plan, task: Task | None = None) -> list[Mention]:
    """Mentions of collectives without members, in the whole plan or on one task. One query."""
    mentions = Mention.objects.filter(agency__is_open=True)
    mentions = mentions.filter(task__plan=plan) if task is None else mentions.filter(task=task)
    return list(mentions.select_related("task", "agency").order_by("task__order"))
