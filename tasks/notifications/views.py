"""消息, 催报 and the record of what was sent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qhplan import clock
from tasks import typed
from tasks.agencies.models import Agency, AgencyName
from tasks.agencies.queries import names_at
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import latest_quarter, quarter_or_default
from tasks.notifications import actions, jobs, reminder_rules
from tasks.notifications.forms import ChaseForm, ChaseManyForm, numbers_in
from tasks.notifications.models import Chase, Message
from tasks.notifications.queries import (
    Waiting,
    all_chaseable,
    bodies_with_people,
    chaseable,
    chases_in,
    counts_in,
    failed_in,
    may_be_chased,
    sent_in,
)
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.plans.plan_resolver import address, plan_asked, plan_named
from tasks.web.acting import refusals_on, say_done

PER_PAGE = 50


# -- messages -----------------------------------------------------------------------------------------------


@require_GET
def message_list(request: HttpRequest) -> HttpResponse:
    """The reader's own messages, the latest first."""
    user = signed_in(request)
    own = Message.objects.filter(user=user).order_by("-created_at", "-id")
    page = Paginator(own, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "notify/messages.html",
        {"page_obj": page, "unread": Message.objects.unread_of(user).count()},
    )


@require_POST
def messages_read(request: HttpRequest) -> HttpResponse:
    """Note one message as read, or all."""
    user = signed_in(request)
    asked = request.POST.getlist("message")
    actions.mark_read(by=user, message_ids=numbers_in(asked) if asked else None)
    return redirect("message_list")


# -- chasing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChaseRow:
    """An agency that owes returns which the reader may chase."""

    agency: Agency
    name: AgencyName | None
    ones: tuple[Waiting, ...]
    contact: Contact | None
    has_people: bool
    chases: int
    last: Chase | None

    @property
    def counts(self) -> list[tuple[str, int]]:
        """(reason, how many returns); empty where it would only repeat the total."""
        found = Counter(one.said_outside for one in self.ones)
        return [] if list(found) == [_("未报")] else list(found.items())


def _cycle_of(slug: str, quarter_text: str) -> Cycle:
    plan = plan_named(slug)
    quarter = quarter_or_default(quarter_text, plan)
    cycle = (
        Cycle.counting.filter(plan=plan, quarter=quarter).select_related("plan").defer("plan__text").first()
    )
    if cycle is None:
        raise Http404(_("%(quarter)s没有开启过填报。") % {"quarter": quarter.label})
    return cycle


@require_GET
@allowed(reminder_rules.may_chase_at_all)
def chase_now(request: HttpRequest) -> HttpResponse:
    """Redirects to the list of ?q=, of the period open for filing, or of the last one that was open."""
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    known = Cycle.counting.filter(plan=plan, quarter__gte=plan.first_quarter).order_by("-quarter")
    cycle = known.filter(quarter__lte=quarter).first() or known.first()
    if cycle is None:
        return render(request, "notify/no_cycle.html", {"plan": plan})
    return redirect("chase_list", plan.slug, cycle.quarter)


@require_GET
@allowed(reminder_rules.may_chase_at_all)
def chase_list(request: HttpRequest, slug: str, quarter_text: str) -> HttpResponse:
    """Every agency with returns not yet filed that the reader may chase."""
    return _list_page(request, signed_in(request), _cycle_of(slug, quarter_text))


@require_POST
@allowed(reminder_rules.may_chase_at_all)
def chase_several(request: HttpRequest, slug: str, quarter_text: str) -> HttpResponse:
    """Send one message to each ticked agency, or to all of the list, and stay on the list."""
    user = signed_in(request)
    cycle = _cycle_of(slug, quarter_text)
    form = ChaseManyForm(request.POST)
    ticked = numbers_in(request.POST.getlist("agencies"))
    if not form.is_valid():
        return _list_page(request, user, cycle, form=form, ticked=ticked, status=422)
    data = form.cleaned_data
    with refusals_on(form) as outcome:
        try:
            done = actions.chase_many(
                by=user,
                cycle=cycle,
                agency_ids=None if data["action"] == "all" else ticked,
                key=data["key"],
                note=typed.prose(data["note"]),
                lately=data["lately"],
            )
        except actions.ChasedLately as asked:
            return _list_page(request, user, cycle, form=form, ticked=ticked, asked=asked, status=409)
    if not outcome.is_done:
        return _list_page(request, user, cycle, form=form, ticked=ticked, status=outcome.status)
    jobs.deliver_if_due()
    _say_chased(request, cycle, done)
    return redirect("chase_list", slug, str(cycle.quarter))


def _say_chased(request: HttpRequest, cycle: Cycle, done: actions.ChasedMany) -> None:
    """Say which agencies were reminded of how many returns, and which were left out and why."""
    names = names_at(
        cycle.quarter, [*(one.agency_id for one, _n in done.made), *(pk for pk, _why in done.left_out)]
    )
    short = {pk: name.short for pk, name in names.items()}
    if done.made:
        listed = _("、").join(
            _("%(name)s %(n)d项") % {"name": short.get(one.agency_id, ""), "n": n} for one, n in done.made
        )
        words = {"bodies": len(done.made), "n": sum(n for _one, n in done.made), "listed": listed}
        sentence = _("已向%(bodies)d个单位催报，共%(n)d项：%(listed)s。") % words
        if reminder_rules.may_see_sent(signed_in(request)):
            say_done(request, sentence, (address("sent", cycle.plan, cycle.quarter), _("送达情况")))
        else:
            messages.success(request, sentence)
    if done.left_out:
        listed = _("；").join(
            _("%(name)s（%(why)s）") % {"name": short.get(pk, ""), "why": why} for pk, why in done.left_out
        )
        messages.warning(
            request, _("未催%(n)d个单位：%(listed)s。") % {"n": len(done.left_out), "listed": listed}
        )


def _list_page(
    request: HttpRequest,
    user: User,
    cycle: Cycle,
    *,
    form: ChaseManyForm | None = None,
    ticked: Sequence[int] = (),
    asked: actions.ChasedLately | None = None,
    status: int = 200,
) -> HttpResponse:
    """The list, with what was ticked and typed; `asked` is the question about agencies that were chased a few hours ago."""
    owing: dict[int, list[Waiting]] = {}
    for one in all_chaseable(user, cycle):
        owing.setdefault(one.duty.agency_id, []).append(one)
    names = names_at(cycle.quarter, owing)
    agencies = Agency.objects.in_bulk(owing)
    contacts = contacts_on(clock.today(), [one.duty.pk for ones in owing.values() for one in ones])
    peopled = bodies_with_people(owing, cycle.plan_id)
    chased: dict[int, list[Chase]] = {}
    for chase in chases_in(cycle, user):
        chased.setdefault(chase.agency_id, []).append(chase)
    rows = [
        ChaseRow(
            agency=agencies[agency_id],
            name=names.get(agency_id),
            ones=tuple(ones),
            contact=next((contacts[one.duty.pk] for one in ones if one.duty.pk in contacts), None),
            has_people=agency_id in peopled,
            chases=len(chased.get(agency_id, [])),
            last=next(iter(chased.get(agency_id, [])), None),
        )
        for agency_id, ones in owing.items()
    ]
    rows.sort(key=lambda row: (-len(row.ones), row.agency.order, row.agency.pk))
    return render(
        request,
        "notify/chase_list.html",
        {
            "plan": cycle.plan,
            "quarter": cycle.quarter,
            "cycle": cycle,
            "is_open": cycle.is_open(clock.now()) or bool(rows),
            "rows": rows,
            "owed": sum(len(row.ones) for row in rows),
            "form": form or ChaseManyForm(),
            "ticked": set(ticked),
            "lately": [names[pk].short for pk in asked.last if pk in names] if asked else [],
            "lately_hours": settings.CHASED_LATELY_HOURS,
        },
        status=status,
    )


@require_http_methods(["GET", "POST"])
@allowed(reminder_rules.may_chase_at_all)
def chase(request: HttpRequest, slug: str, quarter_text: str, agency_slug: str) -> HttpResponse:
    """Chase one agency: for which returns, by message or by telephone."""
    user = signed_in(request)
    cycle = _cycle_of(slug, quarter_text)
    agency = get_object_or_404(Agency, slug=agency_slug)
    if not may_be_chased(user, cycle, agency.pk):
        raise PermissionDenied(_("催报由领导小组办公室或任务的牵头单位办理。"))
    ones = chaseable(user, cycle, agency.pk)
    contacts = contacts_on(clock.today(), [one.duty.pk for one in ones])
    form = ChaseForm(request.POST or None, waiting=ones, initial=_suggested(request, list(contacts.values())))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            with refusals_on(form) as outcome:
                made = actions.chase(by=user, cycle=cycle, agency=agency, asked=form.asked())
            status = outcome.status
            if outcome.is_done:
                jobs.deliver_if_due()
                messages.success(request, _done(made))
                return redirect("chase_list", slug, str(cycle.quarter))
    names = names_at(cycle.quarter, [agency.pk])
    ticked = form.ticked()
    return render(
        request,
        "notify/chase.html",
        {
            "plan": cycle.plan,
            "quarter": cycle.quarter,
            "cycle": cycle,
            "agency": agency,
            "name": names.get(agency.pk),
            "form": form,
            "rows": [(one, contacts.get(one.duty.pk), one.duty.pk in ticked) for one in ones],
            "is_open": cycle.is_open(clock.now()) or bool(ones),
            "has_people": bool(bodies_with_people([agency.pk], cycle.plan_id)),
            "mails": reminder_rules.mails(),
            "lately": actions.chased_lately(user, cycle, [one.duty.pk for one in ones], clock.now()),
            "lately_hours": settings.CHASED_LATELY_HOURS,
            "earlier": [one for one in chases_in(cycle, user) if one.agency_id == agency.pk],
        },
        status=status,
    )


def _suggested(request: HttpRequest, contacts: Sequence[Contact]) -> dict[str, Any]:
    return {
        "responsibilities": request.GET.getlist("r") or None,
        "telephone": next((contact.telephone for contact in contacts if contact.telephone), ""),
        "called_at": timezone.localtime(clock.now()),
    }


def _done(made: Chase) -> str:
    if made.spoke_to:
        return _("已记下与%(who)s的通话。") % {"who": made.spoke_to}
    return _("催报已发出，送达情况见发送记录。")


# -- what was sent ------------------------------------------------------------------------------------------


@require_GET
@allowed(reminder_rules.may_see_sent)
def sent(request: HttpRequest) -> HttpResponse:
    """Everything sent about a period: failed deliveries first, then chases, then all messages."""
    user = signed_in(request)
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    cycle = Cycle.counting.filter(plan=plan, quarter=quarter).first()
    names = names_at(quarter)
    context: dict[str, Any] = {
        "plan": plan,
        "quarter": quarter,
        "latest": latest_quarter(plan),
        "cycle": cycle,
        "mails": reminder_rules.mails(),
        "may_send_again": reminder_rules.may_send_again(user),
    }
    if cycle is not None:
        page = Paginator(sent_in(cycle), PER_PAGE).get_page(request.GET.get("page"))
        failed = list(failed_in(cycle)[: 2 * PER_PAGE])
        context |= {
            "page_obj": page,
            "rows": [(message, names.get(message.agency_id or 0)) for message in page],
            "failed": [(one, names.get(one.message.agency_id or 0)) for one in failed],
            "chases": [(one, names.get(one.agency_id)) for one in chases_in(cycle, user)],
            "counts": counts_in(cycle),
        }
    return render(request, "notify/sent.html", context)


@require_POST
@allowed(reminder_rules.may_send_again)
def delivery_retry(request: HttpRequest) -> HttpResponse:
    """Try failed deliveries again."""
    ids = numbers_in(request.POST.getlist("delivery"))
    tried = actions.send_again(by=signed_in(request), delivery_ids=ids)
    if tried:
        jobs.deliver_if_due()
        messages.success(request, _("%(n)d 件已排队重发。") % {"n": tried})
    else:
        messages.error(request, _("没有可以重发的：可能刚刚已由他人重发。"))
    about = (
        Cycle.objects.filter(messages__deliveries__in=ids).select_related("plan").defer("plan__text").first()
    )
    return redirect(address("sent", about.plan, about.quarter) if about else "sent")
