"""Queries for users and for the installation: sample data, agencies of the office, check of two people."""

from collections.abc import Collection, Iterable
from typing import Any

from django.utils.translation import gettext as _

from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.errors import Problem, Problems
from tasks.people.models import Appointment, Installation, User
from tasks.values import Period, Role


def is_sample_database() -> bool:
    """Whether this database has sample data, and therefore no real submissions."""
    return Installation.objects.filter(is_sample=True).exists()


def office_agency_ids(*plan_ids: int) -> frozenset[int]:
    """Ids of the agencies in which the office of one of these plans, or any office, sits; the second reviewers decide their submissions
    on it. The office of another place is an agency like any other here. One query."""
    held = Appointment.objects.in_force().filter(role=Role.OFFICE, user__is_active=True)
    if plan_ids:
        held = held.covering(*plan_ids)
    return frozenset(
        agency_id for agency_id in held.values_list("agency_id", flat=True) if agency_id is not None
    )


def office_agencies(plan_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """{plan: the same} of each of these plans. Two queries."""
    plans: Any = Appointment._meta.get_field("plan").related_model
    places = dict(plans._base_manager.filter(pk__in=plan_ids).values_list("pk", "jurisdiction_id"))
    held = (
        Appointment.objects.in_force()
        .filter(role=Role.OFFICE, user__is_active=True)
        .exclude(agency=None)
        .values_list("agency_id", "plan_id", "agency__jurisdiction_id")
    )
    rows = list(held)
    return {
        plan_id: frozenset(
            agency_id
            for agency_id, own, place in rows
            if (
                own == plan_id
                if own is not None
                else None in (place, places.get(plan_id)) or place == places[plan_id]
            )
        )
        for plan_id in plan_ids
    }


def serving(
    *roles: Role, agencies: Collection[int] | None = None, plan: int | None = None, order: str = "pk"
) -> list[User]:
    """The active people who hold one of the roles now, each as acting for the agency of that appointment: whoever holds
    it for two agencies comes twice. Where the role acts for no agency, for their own. One query."""
    users = User.objects.holding(*roles, agencies=agencies, plan=plan).order_by(order, "pk")
    found = []
    for user in users:
        held = {
            one.agency_id
            for one in user.in_force
            if one.role in roles
            and (agencies is None or one.agency_id in agencies)
            and (plan is None or one.covers(plan))
        }
        hats: list[int | None] = [pk for pk in user.hats if pk in held]
        found += [user.acting_for(pk) for pk in hats or [None]]
    return [user.at(plan) if plan is not None else user.anywhere() for user in found]


def check_two_people(by: User, written: Iterable[tuple[int, str]]) -> None:
    """Refuses approval by the last writer of a text, and on behalf of the last writer 代签, unless the agency allows one person to write and approve.

    `written`: `[(user id of the last writer, row for the problem)]`. Raises Problems.
    """
    signing = {by.pk, by.deputises_for()}
    own = [row for writer, row in written if writer in signing]
    if own and not Agency.objects.filter(pk=by.acts_for, one_person=True).exists():
        message = _(
            "这一份是您自己最后写的，请由本单位另一位签批人签批；本单位可由安全保密管理员设为允许一人填报并签批。"
        )
        raise Problems([Problem("", message, row) for row in own])


def office_people(quarter: Period, agency_id: int, plan_id: int) -> list[str]:
    """The users who decide the agency's submissions on the plan and may reopen a closed quarter for it, each with the agency's name:
    the users of the office, or for the office's own agency the second reviewers."""
    offices = office_agency_ids(plan_id)
    role = Role.SECOND_REVIEWER if agency_id in offices else Role.OFFICE
    people = serving(role, plan=plan_id, order="display_name")
    names = names_at(quarter, {user.agency_id for user in people if user.agency_id})
    return [
        f"{names[user.agency_id].short} {user}" if user.agency_id in names else str(user) for user in people
    ]
