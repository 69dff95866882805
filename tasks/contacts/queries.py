"""Query for the contacts of responsibilities on a day."""

from collections.abc import Iterable
from datetime import date

from tasks.contacts.models import Contact


def contacts_on(day: date, responsibility_ids: Iterable[int]) -> dict[int, Contact]:
    """The contacts on that day: `{responsibility id: Contact}`. One query."""
    contacts = Contact.objects.filter(responsibility__in=responsibility_ids, valid__contains=day)
    return {contact.responsibility_id: contact for contact in contacts}
