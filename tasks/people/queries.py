"""Reading people, the record, and the database's own facts."""

from collections.abc import Iterable
from datetime import date

from tasks.people.events import subject_of
from tasks.people.models import Contact, Event, Installation, User
from tasks.values import Role


def is_sample_database() -> bool:
    """Whether this database holds sample data, and so never real returns."""
    return Installation.objects.filter(is_sample=True).exists()


def office_agency_ids() -> frozenset[int]:
    """The bodies in which the office sits; what they file is decided by the second reviewing body."""
    ids = User.objects.filter(is_active=True, roles__contains=[Role.OFFICE]).values_list(
        "agency_id", flat=True
    )
    return frozenset(agency_id for agency_id in ids if agency_id is not None)


def last_event_on(user: User) -> Event | None:
    """What was done last to an account, for telling a person who was quicker."""
    return Event.objects.filter(subject=subject_of(user)).select_related("by").order_by("-id").first()


def contacts_on(day: date, responsibility_ids: Iterable[int]) -> dict[int, Contact]:
    """{responsibility id: whom to call on that day}."""
    contacts = Contact.objects.filter(responsibility__in=responsibility_ids, valid__contains=day)
    return {contact.responsibility_id: contact for contact in contacts}
