"""Actions on the office's own template: upload it once, fill it for a quarter."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.files import storage
from tasks.files.actions import Checked, store
from tasks.files.names import clean_name
from tasks.files.values import XLSX
from tasks.ledgers.columns import as_data, columns_of, from_data
from tasks.ledgers.export import entries_of
from tasks.ledgers.models import LedgerTemplate
from tasks.people.models import User
from tasks.people.permissions import may_backfill
from tasks.people.queries import is_sample_database
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.ledger_export import fill_template
from tasks.plans.documents.values import Format, refusal
from tasks.plans.models import Plan
from tasks.values import Period


def template_of(plan: Plan) -> LedgerTemplate | None:
    """The template that holds, None before one was uploaded."""
    return LedgerTemplate.objects.filter(plan=plan).select_related("file", "uploaded_by").first()


def upload_template(
    *, by: User, plan: Plan, upload: "File[Any]", now: datetime | None = None
) -> LedgerTemplate:
    """Keep a template; it takes the place of the one before. Raises Problems for a file in which no column is the task."""
    _check_may(by, plan)
    content = upload.read()
    name = clean_name(upload.name or "")
    document = extract(name, content)
    if document.format is not Format.EXCEL:
        raise refusal(_("模板请用 Excel（.xlsx）上传。"))
    columns = columns_of(document, plan.jurisdiction)
    moment = now or clock.now()
    fill_template(name, content, [], columns, year=clock.today().year)
    checked = Checked(name, ContentFile(content), XLSX, len(content), document.sha256)
    with transaction.atomic():
        (file,) = store(by=by, checked=[checked], now=moment)
        row = LedgerTemplate.objects.create(
            plan=plan, file=file, columns=as_data(columns), uploaded_by=by, uploaded_at=moment
        )
        record(
            by=by,
            verb="ledger.template",
            subject=row,
            data={"plan": plan.slug, "file": name, "sha256": document.sha256},
            at=moment,
        )
    return row


def filled(
    *, by: User, template: LedgerTemplate, period: Period, replace: bool = False, now: datetime | None = None
) -> bytes:
    """The template with what the plan says of the period; it is put on record who took it."""
    _check_may(by, template.plan)
    moment = now or clock.now()
    columns = from_data(template.columns)
    with storage.get(template.file) as held:
        content = held.read()
    made = fill_template(
        template.file.name,
        content,
        entries_of(template.plan, period, columns, known_at=moment),
        columns,
        year=period.year,
        replace=replace,
        note=_("示例数据，非真实统计。") if is_sample_database() else "",
    )
    record(
        by=by,
        verb="ledger.export",
        subject=template,
        data={"plan": template.plan.slug, "quarter": str(period)},
        at=moment,
    )
    return made


def _check_may(by: User, plan: Plan) -> None:
    if not may_backfill(by.at(plan.pk)):
        raise PermissionDenied(_("台账由领导小组办公室导出。"))
