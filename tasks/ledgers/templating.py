"""Actions on the office's own template: upload it once, fill it for a quarter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.files import storage
from tasks.files.actions import Checked, store
from tasks.files.names import clean_name
from tasks.files.values import XLSX
from tasks.ledgers.columns import as_data, columns_of, field_problems, from_data, remember
from tasks.ledgers.export import entries_of
from tasks.ledgers.models import LedgerTemplate
from tasks.people.models import User
from tasks.people.permissions import may_backfill
from tasks.people.queries import is_sample_database
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.ledger_export import fill_template
from tasks.plans.documents.ledgers import check_columns
from tasks.plans.documents.table_heads import Column
from tasks.plans.documents.values import FIELD, Format, refusal
from tasks.plans.models import Plan
from tasks.values import Period

_FEWEST = 2  # columns with a head, without which a workbook is no table


def template_of(plan: Plan) -> LedgerTemplate | None:
    """The template that holds, None before one was uploaded."""
    return (
        LedgerTemplate.objects.filter(plan=plan)
        .select_related("file", "uploaded_by", "plan__jurisdiction")
        .defer("plan__text")
        .first()
    )


def upload_template(
    *, by: User, plan: Plan, upload: "File[Any]", now: datetime | None = None
) -> LedgerTemplate:
    """Keep a template; it takes the place of the one before. Where its heads do not say which column is the task, that is asked
    (`name_columns`). Raises Problems for a file without heads."""
    _check_may(by, plan)
    content = upload.read()
    name = clean_name(upload.name or "")
    document = extract(name, content)
    if document.format is not Format.EXCEL:
        raise refusal(_("模板请用 Excel（.xlsx）上传。"))
    columns = columns_of(document, plan.jurisdiction)
    moment = now or clock.now()
    if sum(1 for column in columns if column.head) < _FEWEST:
        raise refusal(_("模板里没有表头。请在任务上面一行写明“任务”“牵头单位”等列名，再上传。"))
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


def is_understood(template: LedgerTemplate) -> bool:
    """Whether its columns say which is the task and what else is filled in."""
    fields = [one["field"] for one in template.columns if one["field"]]
    return fields.count("task") == 1 and len(fields) > 1


@transaction.atomic
def name_columns(
    *, by: User, template: LedgerTemplate, columns: Sequence[Column], now: datetime | None = None
) -> LedgerTemplate:
    """Say what the template's columns hold. It is kept as a template anew; the next workbook of the 地区 with the same heads is
    read alike. Raises Problems for columns that cannot be filled, Conflict where another template took its place."""
    _check_may(by, template.plan)
    list(Plan.objects.select_for_update().filter(pk=template.plan_id).values_list("pk", flat=True))
    latest = template_of(template.plan)
    if latest is None or latest.pk != template.pk:
        who = latest.uploaded_by if latest else ""
        raise Conflict(_("模板刚由%(who)s换过或改过，请刷新页面。") % {"who": who})
    problems = field_problems(columns)
    if not any(column.field and column.field != "task" for column in columns):
        problems.append(Problem(FIELD, _("除任务外，请至少再指定一列要填的内容。")))
    if problems:
        raise Problems(problems)
    check_columns(columns)
    with storage.get(template.file) as held:
        fill_template(template.file.name, held.read(), [], columns, year=clock.today().year)
    moment = now or clock.now()
    data = as_data(columns)
    row = LedgerTemplate.objects.create(
        plan=template.plan, file=template.file, columns=data, uploaded_by=by, uploaded_at=moment
    )
    remember(data, template.plan.jurisdiction, by=by, at=moment)
    record(
        by=by,
        verb="ledger.template_columns",
        subject=row,
        data={"plan": template.plan.slug, "columns": data},
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
