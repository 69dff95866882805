"""Sends messages: mail through Django, all other channels through apprise. Nothing is decided here; each function sends
and reports the outcome.

A channel that cannot be opened is not tried again in the same run, so that a dead server costs one wait and not one
per message. Error reasons are stored and shown, so channel addresses, which contain keys, are removed from them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from logging import WARNING
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.notifications import message_texts
from tasks.notifications.models import Delivery, Message
from tasks.notifications.values import Channel

# After this many failures in a row a channel counts as down until the next run.
PATIENCE = 3
_PLACES = {"desk": "desk", "review": "review"}


@dataclass(frozen=True)
class Outcome:
    """How a delivery went: `why` it was refused ("" when accepted). `tried` is False where the channel was already down:
    the failures before may have been due to their addresses, so this costs no attempt."""

    delivery: Delivery
    why: str = ""
    tried: bool = True


class Ways:
    """The channels during one run, and which of them are down."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._why: dict[str, str] = {}
        self._dead: set[str] = set()  # could not be opened at all: no message could have been sent

    def send(self, deliveries: Sequence[Delivery]) -> Iterator[Outcome]:
        """Send the deliveries, and yield the outcome of each at once, so that the caller can record it before the next."""
        mails = [one for one in deliveries if one.channel == Channel.MAIL]
        yield from self._mails(mails)
        for one in deliveries:
            if one.channel != Channel.MAIL:
                yield self._through(one, partial(_notify, one))

    def _mails(self, mails: Sequence[Delivery]) -> Iterator[Outcome]:
        if not mails:
            return
        connection = get_connection(fail_silently=False)

        def post(one: Delivery) -> str:
            try:
                connection.open()  # does nothing while it is open
            except OSError:  # smtplib's are of its kind
                self._dead.add(one.channel)
                raise
            try:
                EmailMessage(
                    subject=" ".join(one.message.subject.split()),
                    body=message_texts.outside(one.message.body, link_of(one.message)),
                    to=[one.address],
                    headers={"Auto-Submitted": "auto-generated"},
                    connection=connection,
                ).send()
            except OSError:
                with suppress(OSError):
                    connection.close()
                raise
            return ""

        try:
            for one in mails:
                yield self._through(one, partial(post, one))
        finally:
            with suppress(OSError):
                connection.close()

    def _through(self, one: Delivery, send: Callable[[], str]) -> Outcome:
        channel = one.channel
        if channel in self._dead:
            return Outcome(one, self._why[channel])
        if self._failures.get(channel, 0) >= PATIENCE:
            return Outcome(one, self._why[channel], tried=False)
        try:
            why = send()
        except (OSError, ValueError) as error:
            why = _clean(f"{type(error).__name__}: {error}")
        self._failures[channel] = self._failures.get(channel, 0) + 1 if why else 0
        self._why[channel] = why
        return Outcome(one, why)


def link_of(message: Message) -> str:
    """The address of the page that the message points to."""
    if message.place.startswith("/"):
        return f"{settings.SITE_ADDRESS}{message.place}"
    return f"{settings.SITE_ADDRESS}{reverse(_PLACES.get(message.place, 'home'))}"


def _notify(one: Delivery) -> str:
    """Send by apprise, which returns only True or False; the reason is taken from its log."""
    import apprise  # imported here because it is large and most sites do not use it

    library: Any = apprise
    url = settings.NOTIFY_URLS.get(one.channel)
    if url is None:
        return _("这个渠道没有配置。")
    for name in ("username", "email", "phone"):
        url = url.replace(f"{{{name}}}", quote(one.address, safe=""))
    message = one.message
    text = _("%(body)s\n办理：%(link)s") % {"body": message.body, "link": link_of(message)}
    if one.channel == Channel.SMS:
        text = _("%(subject)s，请登录 %(link)s 办理。") % {
            "subject": message.subject,
            "link": link_of(message),
        }
    with library.LogCapture(level=WARNING) as log:
        sender = library.Apprise()
        if not sender.add(url):
            return _("渠道地址无法识别，请检查配置。")
        if sender.notify(body=text, title="" if one.channel == Channel.SMS else message.subject):
            return ""
        return _clean(log.getvalue()) or _("对方没有接收。")


def _clean(text: str) -> str:
    return re.sub(r"\S+://\S+", "…", " ".join(text.split()))[:300]
