"""`manage.py seal`: seals the audit log, once or for ever, and verifies every night."""

import json
import logging
import logging.handlers
import time
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.audit.models import Event, Seal
from tasks.audit.presenters import exported
from tasks.audit.sealing import numbers_in, seal_all
from tasks.audit.verifying import verify

log = logging.getLogger("tasks.audit.seal")


class Command(BaseCommand):
    """Runs beside the site, with SEAL_KEY, which the site itself does not have.

    Each seal's entries and head go to syslog where SEAL_SYSLOG names one; the head of a day is logged, and mailed to
    SEAL_MAIL_TO, so that it exists where the owner of the database does not reach.
    """

    help = "seal the audit log"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on, once in so many seconds")

    def handle(self, *args: Any, every: int | None = None, **options: Any) -> None:
        """Seal, and with --every go on for ever."""
        if not settings.SEAL_KEY:
            raise CommandError(
                "SEAL_KEY is not set: put 64 random characters, in the sealer's environment alone."
            )
        syslog = _syslog()
        while True:
            try:
                self._once(syslog, timezone.localtime())
            except DatabaseError:
                if every is None:
                    raise
                log.exception("nothing was sealed; trying again in %s s", every)
            if every is None:
                return
            close_old_connections()
            time.sleep(every)

    def _once(self, syslog: logging.Logger | None, now: datetime) -> None:
        last = Seal.objects.order_by("-id").first()
        made = seal_all()
        for seal in made:
            self.stdout.write(f"{seal.pk} {seal.ids} {seal.head}")
            if syslog:
                _stream(syslog, seal)
        if last and _day(last) < now.date() and (made or _is_first_of_day(now)):
            _tell(
                _("操作留痕链值 %(day)s") % {"day": _day(last)},
                f"{_day(last)} {last.pk} {last.head}",
                syslog,
            )
        if now.time() >= settings.VERIFY_AT and not _verified_on(now.date()):
            report = verify()
            if report.faults:
                _tell(_("操作留痕核对不符"), "\n".join(report.faults[:100]), syslog, logging.ERROR)


def _day(seal: Seal) -> date:
    return timezone.localtime(seal.sealed_at).date()


def _is_first_of_day(now: datetime) -> bool:
    return not Seal.objects.filter(sealed_at__date=now.date()).exists()


def _verified_on(day: date) -> bool:
    return Event.objects.filter(verb="audit.verify", recorded_at__date=day).exists()


def _tell(subject: str, text: str, syslog: logging.Logger | None, level: int = logging.INFO) -> None:
    log.log(level, "%s: %s", subject, text)
    if syslog:
        syslog.log(level, "%s: %s", subject, text)
    if settings.SEAL_MAIL_TO:
        try:
            send_mail(subject, text, None, settings.SEAL_MAIL_TO)
        except OSError:
            log.exception("the mail on the seal was not sent")


def _syslog() -> logging.Logger | None:
    """The logger to SEAL_SYSLOG, host:port or a socket."""
    place = settings.SEAL_SYSLOG
    if not place:
        return None
    host, _colon, port = place.rpartition(":")
    handler = logging.handlers.SysLogHandler(place if place.startswith("/") else (host, int(port)))
    handler.ident = "qhplan: "
    logger = logging.getLogger("tasks.audit.syslog")
    logger.propagate = False
    logger.handlers = [handler]
    return logger


def _stream(syslog: logging.Logger, seal: Seal) -> None:
    """Each entry as a line of JSON, then the head that covers them."""
    for first, last in numbers_in(seal.ids):
        for event in Event.objects.filter(id__range=(first, last)).select_related("by").order_by("id"):
            syslog.info("%s", json.dumps(exported(event), ensure_ascii=False))
    syslog.info("seal %s %s %s", seal.pk, seal.ids[:200], seal.head)
