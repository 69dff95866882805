"""Page of contacts 联系人 for an agency's responsibilities; an agency's users edit their own, the office any agency's."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qhplan import clock
from tasks.accounts.forms import agency_choices
from tasks.agencies.models import Agency
from tasks.agencies.queries import name_of
from tasks.contacts.actions import ContactInput, set_contacts
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.errors import Problems
from tasks.people import permissions
from tasks.people.access import allowed, signed_in, slug_asked
from tasks.people.models import User
from tasks.plans.duties import roles
from tasks.plans.models import Plan, Responsibility
from tasks.plans.plan_resolver import address, plan_asked
from tasks.plans.queries import agencies_for
from tasks.values import Duty, Period
from tasks.web.forms import add_problems


class ContactForm(forms.Form):
    """One contact for all ticked responsibilities."""

    responsibilities = forms.TypedMultipleChoiceField(
        label=gettext_lazy("责任"),
        coerce=int,
        error_messages={"required": gettext_lazy("请至少勾选一项责任。")},
    )
    leader = forms.CharField(label=gettext_lazy("分管领导"), max_length=60, required=False)
    division = forms.CharField(label=gettext_lazy("责任处室"), max_length=60, required=False)
    liaison = forms.CharField(label=gettext_lazy("联络员"), max_length=60, required=False)
    telephone = forms.CharField(
        label=gettext_lazy("电话"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("办公电话，含区号。"),
    )
    since = forms.DateField(
        label=gettext_lazy("自何日起"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("此前的联系人保留，可以查考。"),
    )

    def __init__(self, *args: Any, duties: list[Responsibility], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["responsibilities"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(duty.pk, duty.task.heading) for duty in duties]


@dataclass(frozen=True)
class ContactRow:
    """A responsibility of the agency with its contact."""

    duty: Responsibility
    contact: Contact | None
    ticked: bool

    @property
    def is_lead(self) -> bool:
        return self.duty.duty == Duty.LEAD


def _agency(request: HttpRequest, user: User) -> Agency:
    """The user's own agency; for the office the agency in the address, or else its own."""
    slug = slug_asked(request, "agency")
    agency = get_object_or_404(Agency, slug=slug) if slug else get_object_or_404(Agency, pk=user.agency_id)
    if not permissions.may_set_contacts(user, agency.pk):
        raise PermissionDenied(_("只能查看和更改本单位责任的联系人。"))
    return agency


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_open_contacts)
def contacts(request: HttpRequest) -> HttpResponse:
    """Lists the agency's current responsibilities with their contacts; POST sets one contact for the ticked ones."""
    user = signed_in(request)
    agency = _agency(request, user)
    plan = plan_asked(request)
    owed = _responsibilities(plan, agency) if plan else []
    form = ContactForm(request.POST or None, duties=owed, initial={"since": clock.today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        words = {name: data[name] for name in ("leader", "division", "liaison", "telephone")}
        inputs = [ContactInput(responsibility_id=pk, **words) for pk in data["responsibilities"]]
        try:
            set_contacts(by=user, contacts=inputs, since=data["since"])
        except Problems as problems:
            # All ticked responsibilities have the same problem, so the form shows it once.
            add_problems(form, Problems(problems.problems[:1]))
        else:
            messages.success(request, _("已更改 %(n)d 项责任的联系人。") % {"n": len(inputs)})
            return redirect(address("contacts", plan, agency=agency.slug))
    ticked = set(request.POST.getlist("responsibilities"))
    known = contacts_on(clock.today(), [duty.pk for duty in owed])
    today = Period.of(clock.today())
    context = {
        "plan": plan,
        "agency": agency,
        "agency_name": name_of(agency.pk, today) or agency.slug,
        "rows": [ContactRow(duty, known.get(duty.pk), str(duty.pk) in ticked) for duty in owed],
        "missing": sum(duty.pk not in known for duty in owed),
        "form": form,
        "bodies": _agency_choices(plan) if permissions.may_manage_cycles(user) else [],
    }
    return render(request, "filing/contacts.html", context, status=422 if form.errors else 200)


def _responsibilities(plan: Plan, agency: Agency) -> list[Responsibility]:
    """The agency's responsibilities in the current quarter, or in the plan's last one after its end."""
    quarter = plan.period_at(clock.today())
    return list(
        roles([plan.pk], quarter)
        .filter(agency=agency)
        .select_related("task")
        .order_by("-duty", "task__order")
    )


def _agency_choices(plan: Plan | None) -> list[tuple[str, str]]:
    """`[(slug, name)]` of the plan's agencies, as choices for the office."""
    slugs = dict(Agency.objects.values_list("pk", "slug"))
    return [(slugs[int(pk)], name) for pk, name in agency_choices(agencies_for(plan) if plan else None)]
