"""审核: the lead's queue of co submissions, the office's queue of lead submissions, several decided at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from tasks import typed
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import latest_quarter, quarter_or_default
from tasks.errors import Conflict, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import (
    may_arrange,
    may_decide_for,
    may_file,
    may_open_queue,
    may_review,
    may_see_telephones,
)
from tasks.people.queries import office_agency_ids
from tasks.plans.models import Plan, Responsibility
from tasks.plans.plan_resolver import address, plan_asked
from tasks.review.actions import DecisionInput, decide, decided_by
from tasks.review.arranging import has_unled_tasks
from tasks.review.queue_rows import COLUMNS, Owed, QueueRow, lead_queue, owed_in, queue_rows
from tasks.review.worklists import listed, next_of, say_decided, worklist_of
from tasks.submissions.evidence.queries import has_evidence
from tasks.submissions.filters import ANY, LeadQueueFilter, QueueFilter
from tasks.submissions.models import Submission, Verification, Version
from tasks.submissions.queries import (
    to_office,
    waiting_for_office,
)
from tasks.values import Duty, Period
from tasks.web.page_extensions import extensions
from tasks.web.sorting import sort_rows

NOTE = 2000  # characters of a reason
# With these a lead submission is accepted only with a reason.
_NEED_REASON = {Verification.PARTLY, Verification.FALSE}


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
    lead_filter = lead_queue(asked, user, plan, quarter)
    page = queue_page(user, plan, quarter, filters, lead_filter)
    in_order = {
        name: sort_rows(request.GET, COLUMNS, getattr(page, name)) for name in ("office_rows", "lead_rows")
    }
    return render(
        request,
        "filing/review.html",
        {
            **vars(page),
            **in_order,
            "latest": latest_quarter(plan),
            "has_evidence": has_evidence(
                user, Submission.objects.filter(cycle__plan=plan, cycle__quarter=quarter)
            ),
            "form": filters.form,
            "chosen": filters.chosen,
            "query": urlencode(filters.chosen),
            "lead_form": lead_filter.form,
            "lead_chosen": lead_filter.chosen,
            "lead_query": urlencode(lead_filter.chosen),
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
    quarter: Period
    before: Period
    cycle: Cycle | None
    has_cycle: bool
    is_open: bool
    is_reviewer: bool
    is_lead: bool
    lede: str
    office_rows: list[QueueRow]
    waiting: int
    has_unled: bool
    sees_rules: bool
    lead_rows: list[QueueRow]
    lead_waiting: int
    done_rows: list[QueueRow]
    missing: list[tuple[Responsibility, AgencyName | None]]


def queue_page(
    user: User, plan: Plan, quarter: Period, filters: QueueFilter, lead_filter: LeadQueueFilter
) -> QueuePage:
    """The reader's queue. A fixed number of queries."""
    is_reviewer = may_review(user)
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    office = list(filters.qs) if is_reviewer and filters.is_valid() else []
    lead = list(lead_filter.qs) if lead_filter.is_valid() else []
    lead_waiting = lead_filter.queryset.count()
    waiting = waiting_for_office(plan, quarter, user).count() if is_reviewer else 0
    done = _decided(plan, quarter) if is_reviewer else []
    owed = owed_in(plan, quarter)
    missing = _missing(user, plan, quarter, owed) if is_reviewer else []
    names = names_at(quarter)
    rows = queue_rows(plan, quarter, cycle, [*office, *lead, *done], names, owed)
    contacts = _contacts(user, office, owed)
    kind = filters.form.cleaned_data.get("kind") or ANY if filters.is_valid() else ANY
    return QueuePage(
        plan=plan,
        quarter=quarter,
        before=quarter - 1,
        cycle=cycle,
        has_cycle=cycle is not None,
        is_open=cycle is not None and cycle.is_open(clock.now()),
        is_reviewer=is_reviewer,
        is_lead=may_file(user),
        lede=_lede(waiting, lead_waiting, len(missing), is_reviewer=is_reviewer, is_lead=may_file(user)),
        office_rows=[
            replace(rows[version.pk], contact=contacts.get((version.task_id, version.agency_id)))
            for version in office
            if rows[version.pk].is_(kind)
        ],
        waiting=waiting,
        sees_rules=may_arrange(user),
        has_unled=is_reviewer and has_unled_tasks(plan, quarter),
        lead_rows=[rows[version.pk] for version in lead],
        lead_waiting=lead_waiting,
        done_rows=[rows[version.pk] for version in done],
        missing=[(duty, names.get(duty.agency_id)) for duty in missing],
    )


def _contacts(
    user: User, versions: Sequence[Version], owed: Iterable[Owed]
) -> dict[tuple[int, int], Contact]:
    """{(task id, agency id): whom to call} of lead submissions. At most two queries."""
    if not versions or not may_see_telephones(user, {version.agency_id for version in versions}):
        return {}
    tasks = {version.task_id for version in versions}
    held = {duty.pk: (duty.task_id, duty.agency_id) for duty in owed if duty.task_id in tasks}
    return {held[pk]: contact for pk, contact in contacts_on(clock.today(), held).items()}


def _decided(plan: Plan, quarter: Period) -> list[Version]:
    """The versions of the quarter that the office decides and that are decided, in the plan's order."""
    return list(
        to_office(Version.objects.filter(quarter=quarter, task__plan=plan))
        .exclude(decision="")
        .current()
        .select_related("task", "submission", "decided_by")
        .order_by("task__order")
    )


def _missing(user: User, plan: Plan, quarter: Period, owed: Iterable[Owed]) -> list[Responsibility]:
    """The lead submissions that nobody has submitted and that this reader would decide."""
    offices = office_agency_ids(plan.pk)
    return [
        duty
        for duty in Responsibility.objects.filter(pk__in=[one.pk for one in owed if one.duty == Duty.LEAD])
        .exclude(task__in=Version.objects.filter(quarter=quarter, duty=Duty.LEAD).values("task"))
        .select_related("task", "agency")
        .order_by("task__order")
        if may_decide_for(user, duty.agency_id, offices)
    ]


def _lede(office: int, lead: int, missing: int, *, is_reviewer: bool, is_lead: bool) -> str:
    parts = []
    if is_reviewer:
        parts.append(
            _("等您核定 %(n)d 件牵头汇总，%(missing)d 件还没有报。") % {"n": office, "missing": missing}
        )
    if is_lead and (lead or not is_reviewer):
        parts.append(_("等您采纳 %(n)d 件配合填报。") % {"n": lead})
    return "".join(parts)


class SeveralForm(forms.Form):
    """One decision on several versions: accepted as they say themselves, or sent back with one reason. `sure` as of
    tasks.submissions.forms.DecisionForm."""

    action = forms.ChoiceField(
        choices=[("accept", ""), ("return", ""), ("adopt", ""), ("adopt_all", "")],
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
    """Accept the chosen lead submissions with the light that they report, send them back with one reason, or adopt or send
    back co submissions: the chosen ones, one (`one`), or with `adopt_all` all that the filter shows. What others have
    decided meanwhile is left out and named; the rest is decided all or none."""
    user = signed_in(request)
    data = request.POST.copy()
    one = data.get("one", "")
    if one:
        data["action"] = "adopt"
        data.setlist("versions", [one])
    form = SeveralForm(data)
    if not form.is_valid():
        return _queue(request, request.POST, errors=_messages(form), status=422)
    action = form.cleaned_data["action"]
    if action == "adopt_all":
        plan = plan_asked(request)
        if plan is None:
            raise Http404
        quarter = quarter_or_default(data.get("q", ""), plan)
        chosen = list(lead_queue(data, user, plan, quarter).qs.values_list("pk", flat=True))
    else:
        chosen = [int(text) for text in data.getlist("versions") if text.isdecimal() and len(text) < 19]
    versions = {
        version.pk: version
        for version in Version.every.visible_to(user)
        .filter(pk__in=chosen)
        .select_related("task__plan", "submission", "decided_by")
        .defer("task__plan__text")
        .order_by("task__order", "agency__order")
    }
    if len(versions) != len(set(chosen)):
        raise Http404
    if not chosen:
        return _queue(request, request.POST, errors=[_("请先勾选要办理的。")], status=422)
    accept = action != "return"
    note = typed.prose(form.cleaned_data["note"])
    verification = form.cleaned_data["verification"]
    open_ones = {
        pk: version
        for pk, version in versions.items()
        if not version.decision and version.withdrawn_at is None
    }
    # If somebody else has decided meanwhile, the write path says so.
    if accept and any(version.duty == Duty.LEAD for version in open_ones.values()):
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
        for version in open_ones.values()
    ]
    try:
        # A single one that somebody decided goes to the write path, which names who and when.
        if decisions or len(versions) == 1:
            decide(
                by=user,
                decisions=decisions or [DecisionInput(next(iter(versions)), accept=accept, note=note)],
            )
    except Problems as error:
        said = [f"{problem.row} {problem.message}".strip() for problem in error.problems]
        return _queue(request, request.POST, errors=said, status=422)
    except Conflict as error:
        if not decided_by(user, decisions):
            return _queue(request, request.POST, errors=[str(error)], status=409)
        # The same person pressed the button twice: it is done.
    first = next(iter(versions.values()))
    names = {pk: name.short for pk, name in names_at(first.quarter).items()}
    done = list(open_ones.values())
    links = next_of(worklist_of(user, done[-1], data)) if done else []
    say_decided(request, done, names, accept=accept, links=links)
    left_out = [version for pk, version in versions.items() if pk not in open_ones]
    if left_out and open_ones:
        messages.warning(
            request,
            _("这 %(n)d 件已由他人办理或已撤回，没有再办：%(which)s。")
            % {"n": len(left_out), "which": listed(left_out, names)},
        )
    kept = {
        name: str(data[name])
        for name in (*QueueFilter.base_filters, *LeadQueueFilter.base_filters)
        if data.get(name)
    }
    back = address("review", first.task.plan, first.quarter, **kept)
    return redirect(back + ("#h-lead" if first.duty == Duty.CO else ""))


def _messages(form: forms.Form) -> list[str]:
    return [str(message) for found in form.errors.values() for message in found]
