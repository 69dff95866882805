"""审核: the lead's queue of co submissions, the office's queue of lead submissions, several decided at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from tasks import typed
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.cycles.extensions import extended
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
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Responsibility
from tasks.plans.plan_resolver import address, plan_asked
from tasks.review.actions import DecisionInput, decide, decided_by
from tasks.review.arranging import unled_tasks
from tasks.submissions import oddities
from tasks.submissions.evidence.queries import has_evidence
from tasks.submissions.filters import ANY, CONFLICT, LATE, ODD, PLAIN, LeadQueueFilter, QueueFilter
from tasks.submissions.models import Submission, Verification, Version
from tasks.submissions.queries import (
    first_submitted,
    last_versions_before,
    red_co_returns,
    to_office,
    waiting_for_lead,
    waiting_for_office,
)
from tasks.values import Duty, Light, Period
from tasks.web.acting import say_done
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
    contact: Contact | None = None  # of a lead submission, for those who may see whom to call

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
    lead_filter = _lead_filter(asked, user, plan, quarter)
    page = queue_page(user, plan, quarter, filters, lead_filter)
    return render(
        request,
        "filing/review.html",
        {
            **vars(page),
            "latest": latest_quarter(plan),
            "has_evidence": has_evidence(
                user, Submission.objects.filter(cycle__plan=plan, cycle__quarter=quarter)
            ),
            "form": filters.form,
            "lead_form": lead_filter.form,
            "lead_chosen": lead_filter.chosen,
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


def _lead_filter(asked: QueryDict, user: User, plan: Plan, quarter: Period) -> LeadQueueFilter:
    waiting = waiting_for_lead(plan, quarter, user.agency_id or 0)
    mine = waiting if may_file(user) and user.agency_id else waiting.none()
    return LeadQueueFilter(asked, queryset=mine, quarter=quarter)


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
    missing = _missing(user, plan, quarter) if is_reviewer else []
    names = names_at(quarter)
    rows = _rows(plan, quarter, cycle, [*office, *lead, *done], names)
    contacts = _contacts(user, plan, quarter, office)
    kind = filters.form.cleaned_data.get("kind") or ANY if filters.is_valid() else ANY
    return QueuePage(
        plan=plan,
        quarter=quarter,
        before=quarter - 1,
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
        has_unled=is_reviewer and bool(unled_tasks(plan, quarter)),
        lead_rows=[rows[version.pk] for version in lead],
        lead_waiting=lead_waiting,
        done_rows=[rows[version.pk] for version in done],
        missing=[(duty, names.get(duty.agency_id)) for duty in missing],
    )


def _contacts(
    user: User, plan: Plan, quarter: Period, versions: Sequence[Version]
) -> dict[tuple[int, int], Contact]:
    """{(task id, agency id): whom to call} of lead submissions. At most two queries."""
    if not versions or not may_see_telephones(user, {version.agency_id for version in versions}):
        return {}
    held = {
        duty.pk: (duty.task_id, duty.agency_id)
        for duty in duties([plan.pk], quarter).filter(task__in={version.task_id for version in versions})
    }
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


def _missing(user: User, plan: Plan, quarter: Period) -> list[Responsibility]:
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
    quarter: Period,
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


def _co_counts(plan_id: int, quarter: Period, task_ids: list[int]) -> tuple[dict[int, int], dict[int, int]]:
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
        chosen = list(_lead_filter(data, user, plan, quarter).qs.values_list("pk", flat=True))
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
    say_decided(request, user, list(open_ones.values()), names, accept=accept)
    left_out = [version for pk, version in versions.items() if pk not in open_ones]
    if left_out and open_ones:
        messages.warning(
            request,
            _("这 %(n)d 件已由他人办理或已撤回，没有再办：%(which)s。")
            % {"n": len(left_out), "which": _listed(left_out, names)},
        )
    kept = {name: str(data[name]) for name in ("co_task", "co_agency", "co_light") if data.get(name)}
    back = address("review", first.task.plan, first.quarter, **kept)
    return redirect(back + ("#h-lead" if first.duty == Duty.CO else ""))


def _next(user: User, version: Version) -> Version | None:
    """What comes after a decided version in its queue, from the start again after the last."""
    plan, quarter = version.task.plan, version.quarter
    waiting = list(waiting_for_office(plan, quarter, user)) if may_review(user) else []
    if may_file(user):
        waiting += waiting_for_lead(plan, quarter, user.agency_id or 0)
    waiting = [one for one in waiting if one.duty == version.duty]
    after = (one for one in waiting if one.task.order >= version.task.order and one.pk != version.pk)
    return next(after, waiting[0] if waiting else None)


_LISTED = 5  # submissions that a message names


def _listed(versions: Sequence[Version], names: Mapping[int, str]) -> str:
    """三(四)1 某某局、三(四)2 某某局等"""
    named = [f"{one.task.code} {names.get(one.agency_id, '')}".strip() for one in versions]
    more = _("等") if len(named) > _LISTED else ""
    return "、".join(named[:_LISTED]) + more


def say_decided(
    request: HttpRequest,
    user: User,
    versions: Sequence[Version],
    names: Mapping[int, str],
    *,
    accept: bool,
) -> None:
    """Name what was decided, with a link to it where it is one, and offer the next of the same queue. The versions have
    their tasks; names: {agency id: short name}."""
    if not versions:
        return
    lead = versions[0].duty == Duty.LEAD
    word = (_("已核定") if lead else _("已采纳")) if accept else _("已退回")
    which = _listed(versions, names)
    if len(versions) == 1:
        links = [(reverse("return", args=[versions[0].submission_id]), _("查看"))]
        following = _next(user, versions[0])
        if following is not None:
            what = _("下一件：%(which)s") % {"which": _listed([following], names)}
            links.append((reverse("return", args=[following.submission_id]), what))
        told = "" if accept else _("，理由已告知填报单位")
        say_done(request, f"{word} {which}{told}。", *links)
    else:
        words = ngettext("%(word)s %(n)d 件：%(which)s。", "%(word)s %(n)d 件：%(which)s。", len(versions))
        say_done(request, words % {"word": word, "n": len(versions), "which": which})


def _messages(form: forms.Form) -> list[str]:
    return [str(message) for found in form.errors.values() for message in found]
