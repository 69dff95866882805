"""Action that sets the contacts of responsibilities; users of the agency or of the office may call it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from qhplan import clock
from tasks import typed
from tasks.audit.log import Entry, record_all
from tasks.contacts.models import Contact
from tasks.errors import Problem, Problems
from tasks.people import permissions
from tasks.people.models import User
from tasks.plans.models import Responsibility


@dataclass(frozen=True)
class ContactInput:
    """分管领导, 责任处室, 联络员 and telephone of one responsibility, from a day on."""

    responsibility_id: int
    leader: str = ""
    division: str = ""
    liaison: str = ""
    telephone: str = ""

    def is_empty(self) -> bool:
        return not any((self.leader, self.division, self.liaison, self.telephone))


# The latest start of a contact, counted from today.
FURTHEST = timedelta(days=366)
_FIELDS = ("leader", "division", "liaison", "telephone")


def set_contacts(
    *,
    by: User | None,
    contacts: Sequence[ContactInput],
    since: date | None = None,
    now: datetime | None = None,
) -> list[Contact]:
    """Sets the contacts from `since` on (default: today). The previous contacts end the day before and are kept.

    `by=None` is the management command that creates sample data. Raises PermissionDenied or Problems.
    """
    moment = now or clock.now()
    day = since or clock.today()
    duties = Responsibility.objects.in_bulk([contact.responsibility_id for contact in contacts])
    if len(duties) != len(contacts):
        raise Problems([Problem("responsibility", _("没有这项责任，或同一责任给了两次。"))])
    if by is not None and not all(
        permissions.may_set_contacts(by, duty.agency_id) for duty in duties.values()
    ):
        raise PermissionDenied(_("只能更改本单位责任的联系人。"))
    if day > clock.today() + FURTHEST:
        # With a wrong year there would be no later day on which the contact could be corrected.
        raise Problems([Problem("since", _("日期最多写到一年以后。"))])
    problems = [
        Problem("liaison", _("请至少填写一项联系方式。"), row=str(contact.responsibility_id))
        for contact in contacts
        if contact.is_empty()
    ]
    if problems:
        raise Problems(problems)
    with transaction.atomic():
        # Locked, so that the second of two concurrent writers sees the rows of the first.
        list(Responsibility.objects.select_for_update().filter(pk__in=duties).order_by("pk"))
        later = Contact.objects.filter(responsibility__in=duties, valid__startswith__gt=day)
        if later.exists():
            raise Problems([Problem("since", _("已有更晚日期起的联系人，请从那一天或以后更改。"))])
        current = Contact.objects.filter(responsibility__in=duties, valid__contains=day)
        before = {contact.responsibility_id: contact for contact in current}
        unchanged, created = [], []
        for contact_input in contacts:
            previous = before.get(contact_input.responsibility_id)
            values = {field: typed.optional(getattr(contact_input, field)) for field in _FIELDS}
            if previous and all(getattr(previous, field) == value for field, value in values.items()):
                unchanged.append(previous)
                continue
            created.append(
                Contact(
                    responsibility_id=contact_input.responsibility_id, valid=DateRange(day, None), **values
                )
            )
        changed_ids = {contact.responsibility_id for contact in created}
        ending = [contact for contact in before.values() if contact.responsibility_id in changed_ids]
        # A contact that begins on the same day is a correction: it is replaced; the audit event keeps the old one.
        Contact.objects.filter(pk__in=[c.pk for c in ending if c.valid.lower == day]).delete()
        cut = [contact for contact in ending if contact.valid.lower < day]
        for contact in cut:
            contact.valid = DateRange(contact.valid.lower, day)
        Contact.objects.bulk_update(cut, ["valid"])
        Contact.objects.bulk_create(created)
        record_all(
            [
                Entry(
                    "contact.set",
                    duties[contact.responsibility_id],
                    data={
                        "before": _values(before.get(contact.responsibility_id)),
                        "after": _values(contact),
                        "since": day.isoformat(),
                    },
                )
                for contact in created
            ],
            by=by,
            at=moment,
        )
    return [*unchanged, *created]


def _values(contact: Contact | None) -> dict[str, str]:
    return {field: getattr(contact, field) for field in _FIELDS} if contact else {}
