"""Reading people, the record, and the database's own facts."""

from collections.abc import Iterable
from datetime import date

from tasks.people.events import subject_of
from tasks.people.models import Contact, Event, Installation, User


def is_sample_database() -> bool:
    """Whether this database holds sample data, and so never real returns."""
    return Installation.objects.filter(is_sample=True).exists()


def last_event_on(user: User) -> Event | None:
    """What was done last to an account, for telling a person who was quicker."""
    return Event.objects.filter(subject=subject_of(user)).select_related("by").order_by("-id").first()


def contacts_on(day: date, responsibility_ids: Iterable[int]) -> dict[int, Contact]:
    """{responsibility id: whom to call on that day}."""
    contacts = Contact.objects.filter(responsibility__in=responsibility_ids, valid__contains=day)
    return {contact.responsibility_id: contact for contact in contacts}
