"""审核: the lead's queue of co submissions, the office's queue of lead submissions, several decided at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from tasks import typed
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.cycles.extensions import extended
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import latest_quarter, quarter_or_default
from tasks.errors import Conflict, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_decide_for, may_file, may_open_queue, may_review
from tasks.people.queries import office_agency_ids
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Responsibility
from tasks.plans.plan_resolver import address, plan_asked
from tasks.review.actions import DecisionInput, decide, decided_by
from tasks.review.arranging import unled_tasks
from tasks.submissions import oddities
from tasks.submissions.filters import ANY, CONFLICT, LATE, ODD, PLAIN, QueueFilter
from tasks.submissions.models import Verification, Version
from tasks.submissions.queries import (
    first_submitted,
    last_versions_before,
    red_co_returns,
    to_office,
    waiting_for_lead,
    waiting_for_office,
)
from tasks.values import Duty, Light, Quarter
from tasks.web.page_extensions import extensions

NOTE = 2000  # characters of a reason
# With these a lead submission is accepted only with a reason.
_NEED_REASON = {Verification.PARTLY, Verification.FALSE}


@dataclass(frozen=True)
class QueueRow:
    """A submitted version in a queue, with what it is compared to."""

    version: Version
    agency: AgencyName | None
    previous: Version | None
    late: bool
    co_due: int = 0
    co_reported: int = 0
    red: tuple[str, ...] = ()  # names of the co agencies that report red
    odd: Sequence[str] = ()  # what is odd in it (tasks.submissions.oddities)

    @property
    def light_changed(self) -> bool:
        """From the last quarter's: the verified one, or what was reported then."""
        before = self.previous and (self.previous.verified_light or self.previous.light)
        return bool(before) and before != self.version.light

    @property
    def in_conflict(self) -> bool:
        """Green or blue over a co agency's red."""
        return bool(self.red) and self.version.light in {Light.GREEN, Light.BLUE}

    def is_(self, asked: str) -> bool:
        """Whether the row is of the chosen kind: changed, late, in conflict, or none of these."""
        return {
            ANY: True,
            "changed": self.light_changed,
            LATE: self.late,
            CONFLICT: self.in_conflict,
            ODD: bool(self.odd),
            PLAIN: not (self.light_changed or self.late or self.in_conflict or self.odd),
        }[asked]


@require_GET
def review(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's decision: co submissions for a lead, lead submissions for the office or the second
    reviewer."""
    return _queue(request, request.GET)


def _queue(
    request: HttpRequest,
    asked: QueryDict,
    *,
    errors: list[str] | None = None,
    wrong: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; `errors` are shown on top of it, `wrong` {field: messages} beside the fields of the form for several."""
    user = signed_in(request)
    if not may_open_queue(user):
        raise PermissionDenied(_("审核供牵头单位、领导小组办公室和复核人使用。"))
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    quarter = quarter_or_default(asked.get("q", ""), plan)
    filters = QueueFilter(asked, queryset=waiting_for_office(plan, quarter, user), quarter=quarter)
    page = queue_page(user, plan, quarter, filters)
    return render(
        request,
        "filing/review.html",
        {
            **vars(page),
            "latest": latest_quarter(plan),
            "form": filters.form,
            "hidden": {"plan": plan.slug, "q": str(quarter)},
            "verifications": [
                choice for choice in Verification.choices if choice[0] in ("unverified", "true")
            ],
            "errors": errors or [],
            "wrong": wrong or {},
            "checked": set(request.POST.getlist("versions")),
            "typed": request.POST,
            "parts": extensions("review", user=user, plan=plan),
        },
        status=status,
    )


@dataclass(frozen=True)
class QueuePage:
    """What waits for the reader's decision in a quarter: `office_rows` lead versions, as far as the filter shows them, of
    `waiting` in all; `lead_rows` co versions; what was decided (`done_rows`) and what was not submitted (`missing`)."""

    plan: Plan
    quarter: Quarter
    before: Quarter
    has_cycle: bool
    is_open: bool
    is_reviewer: bool
    is_lead: bool
    lede: str
    office_rows: list[QueueRow]
    waiting: int
    has_unled: bool
    lead_rows: list[QueueRow]
    done_rows: list[QueueRow]
    missing: list[tuple[Responsibility, AgencyName | None]]


def queue_page(user: User, plan: Plan, quarter: Quarter, filters: QueueFilter) -> QueuePage:
    """The reader's queue. A fixed number of queries."""
    is_reviewer = may_review(user)
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    office = list(filters.qs) if is_reviewer and filters.is_valid() else []
    lead = list(waiting_for_lead(plan, quarter, user.agency_id)) if may_file(user) and user.agency_id else []
    waiting = waiting_for_office(plan, quarter, user).count() if is_reviewer else 0
    done = _decided(plan, quarter) if is_reviewer else []
    missing = _missing(user, plan, quarter) if is_reviewer else []
    names = names_at(quarter)
    rows = _rows(plan, quarter, cycle, [*office, *lead, *done], names)
    kind = filters.form.cleaned_data.get("kind") or ANY if filters.is_valid() else ANY
    return QueuePage(
        plan=plan,
        quarter=quarter,
        before=quarter - 1,
        has_cycle=cycle is not None,
        is_open=cycle is not None and cycle.is_open(clock.now()),
        is_reviewer=is_reviewer,
        is_lead=may_file(user),
        lede=_lede(waiting, len(lead), len(missing), is_reviewer=is_reviewer, is_lead=may_file(user)),
        office_rows=[rows[version.pk] for version in office if rows[version.pk].is_(kind)],
        waiting=waiting,
        has_unled=is_reviewer and bool(unled_tasks(plan, quarter)),
        lead_rows=[rows[version.pk] for version in lead],
        done_rows=[rows[version.pk] for version in done],
        missing=[(duty, names.get(duty.agency_id)) for duty in missing],
    )


def _decided(plan: Plan, quarter: Quarter) -> list[Version]:
    """The versions of the quarter that the office decides and that are decided, in the plan's order."""
    return list(
        to_office(Version.objects.filter(quarter=quarter, task__plan=plan))
        .exclude(decision="")
        .current()
        .select_related("task", "submission", "decided_by")
        .order_by("task__order")
    )


def _missing(user: User, plan: Plan, quarter: Quarter) -> list[Responsibility]:
    """The lead submissions that nobody has submitted and that this reader would decide."""
    offices = office_agency_ids()
    return [
        duty
        for duty in duties([plan.pk], quarter)
        .filter(duty=Duty.LEAD)
        .exclude(task__in=Version.objects.filter(quarter=quarter, duty=Duty.LEAD).values("task"))
        .select_related("task", "agency")
        .order_by("task__order")
        if may_decide_for(user, duty.agency_id, offices)
    ]


def _rows(
    plan: Plan,
    quarter: Quarter,
    cycle: Cycle | None,
    shown: list[Version],
    names: dict[int, AgencyName],
) -> dict[int, QueueRow]:
    """{version id: its row}. A fixed number of queries."""
    previous = last_versions_before(
        quarter,
        task_ids={version.task_id for version in shown},
        agency_ids={version.agency_id for version in shown},
    )
    first = first_submitted(shown)
    dates = extended([cycle] if cycle else [])
    leads = [version for version in shown if version.duty == Duty.LEAD]
    co_due, co_reported = _co_counts(plan.pk, quarter, [version.task_id for version in leads])
    red = red_co_returns((version.task_id, quarter) for version in leads)
    odd = oddities.of_versions(shown, quarter, previous)

    def row(version: Version) -> QueueRow:
        agencies = red.get((version.task_id, quarter), []) if version.duty == Duty.LEAD else []
        return QueueRow(
            version=version,
            agency=names.get(version.agency_id),
            previous=previous.get((version.task_id, version.agency_id)),
            late=cycle is not None
            and dates.is_late(cycle, version.duty, version.agency_id, first[version.pk]),
            co_due=co_due.get(version.task_id, 0),
            co_reported=co_reported.get(version.task_id, 0),
            red=tuple(names[pk].short for pk in agencies if pk in names),
            odd=odd[version.pk],
        )

    return {version.pk: row(version) for version in shown}


def _lede(office: int, lead: int, missing: int, *, is_reviewer: bool, is_lead: bool) -> str:
    parts = []
    if is_reviewer:
        parts.append(
            _("等您核定 %(n)d 件牵头汇总，%(missing)d 件还没有报。") % {"n": office, "missing": missing}
        )
    if is_lead and (lead or not is_reviewer):
        parts.append(_("等您采纳 %(n)d 件配合填报。") % {"n": lead})
    return "".join(parts)


def _co_counts(plan_id: int, quarter: Quarter, task_ids: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    due: dict[int, int] = {}
    for task_id in (
        duties([plan_id], quarter).filter(task__in=task_ids, duty=Duty.CO).values_list("task_id", flat=True)
    ):
        due[task_id] = due.get(task_id, 0) + 1
    reported: dict[int, int] = {}
    for task_id, _agency in (
        Version.objects.filter(quarter=quarter, task__in=task_ids, duty=Duty.CO)
        .values_list("task_id", "agency_id")
        .distinct()
    ):
        reported[task_id] = reported.get(task_id, 0) + 1
    return due, reported


class SeveralForm(forms.Form):
    """One decision on several versions: accepted as they say themselves, or sent back with one reason. `sure` as of
    tasks.submissions.forms.DecisionForm."""

    action = forms.ChoiceField(
        choices=[("accept", ""), ("return", ""), ("adopt", "")],
        error_messages={"required": gettext_lazy("请选核定通过或退回。")},
    )
    verification = forms.ChoiceField(choices=Verification.choices, required=False)
    note = forms.CharField(
        max_length=NOTE,
        required=False,
        error_messages={"max_length": gettext_lazy("理由最多 2000 字，请删减。")},
    )
    sure = forms.BooleanField(required=False)


@require_POST
def decide_several(request: HttpRequest) -> HttpResponse:
    """Accept the chosen lead submissions with the light that they report, send them back with one reason, or adopt the
    chosen co submissions: all or none."""
    user = signed_in(request)
    form = SeveralForm(request.POST)
    chosen = [int(text) for text in request.POST.getlist("versions") if text.isdecimal() and len(text) < 19]
    if not form.is_valid():
        return _queue(request, request.POST, errors=_messages(form), status=422)
    versions = {
        version.pk: version
        for version in Version.objects.visible_to(user)
        .filter(pk__in=chosen)
        .select_related("task__plan")
        .defer("task__plan__text")
    }
    if len(versions) != len(set(chosen)):
        raise Http404
    if not chosen:
        return _queue(request, request.POST, errors=[_("请至少选一件。")], status=422)
    accept = form.cleaned_data["action"] != "return"
    note = typed.prose(form.cleaned_data["note"])
    verification = form.cleaned_data["verification"]
    # If somebody else has decided meanwhile, the write path says so.
    if accept and any(version.duty == Duty.LEAD and not version.decision for version in versions.values()):
        wrong: dict[str, list[str]] = {}
        if not verification:
            wrong["verification"] = [_("请选核实情况。")]
        elif note and not form.cleaned_data["sure"] and verification not in _NEED_REASON:
            wrong["sure"] = [_("写了理由，按的却是“所选核定通过”：理由会作为附言记下。")]
        if wrong:
            said = [message for found in wrong.values() for message in found]
            return _queue(request, request.POST, errors=said, wrong=wrong, status=422)
    decisions = [
        DecisionInput(
            version.pk,
            accept=accept,
            verified_light=version.light
            if accept and version.duty == Duty.LEAD and not version.elsewhere
            else "",
            verification=verification if version.duty == Duty.LEAD and accept else Verification.UNVERIFIED,
            note=note if not accept or version.duty == Duty.LEAD else "",
        )
        for version in versions.values()
    ]
    try:
        decide(by=user, decisions=decisions)
    except Problems as error:
        said = [f"{problem.row} {problem.message}".strip() for problem in error.problems]
        return _queue(request, request.POST, errors=said, status=422)
    except Conflict as error:
        if not decided_by(user, decisions):
            return _queue(request, request.POST, errors=[str(error)], status=409)
        # The same person pressed the button twice: it is done.
    done = len(decisions)
    said_done = (
        ngettext("%(n)d 件已通过。", "%(n)d 件已通过。", done)
        if accept
        else ngettext("%(n)d 件已退回。", "%(n)d 件已退回。", done)
    )
    messages.success(request, said_done % {"n": done})
    first = next(iter(versions.values()))
    return redirect(address("review", first.task.plan, first.quarter))


def _messages(form: forms.Form) -> list[str]:
    return [str(message) for found in form.errors.values() for message in found]
