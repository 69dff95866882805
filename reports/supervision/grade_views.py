"""督办等级: the office sets words, order and days of the grades of a jurisdiction."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from reports.supervision import grade_actions
from reports.supervision.grade_actions import LONGEST, MOST_DAYS, GradeInput
from reports.supervision.jurisdiction_param import jurisdiction_asked, param_of
from tasks.errors import Conflict, Problems
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.permissions import jurisdictions_kept_by
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_set_supervision_rules


class GradeForm(forms.Form):
    """One grade; without a name a new one is passed over."""

    code = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    order = forms.IntegerField(label=gettext_lazy("次序"), min_value=1, max_value=99)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=LONGEST["name"], required=False)
    mark = forms.CharField(label=gettext_lazy("代字"), max_length=LONGEST["mark"], required=False)
    formula = forms.CharField(label=gettext_lazy("结语"), max_length=LONGEST["formula"], required=False)
    answer_days = forms.IntegerField(
        label=gettext_lazy("反馈期限（工作日）"), min_value=1, max_value=MOST_DAYS, initial=10
    )
    is_letter = forms.BooleanField(label=gettext_lazy("用函的格式"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    @property
    def is_passed_over(self) -> bool:
        data = self.cleaned_data
        return not (data["code"] or data["name"] or data["mark"])

    def asked(self) -> GradeInput:
        """For the write path; only after `is_valid()`."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "order"}
        return GradeInput(**data)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_set_supervision_rules)
def notice_grades(request: HttpRequest) -> HttpResponse:
    """The grades of one jurisdiction."""
    every = list(jurisdictions_kept_by(signed_in(request)))
    jurisdiction = jurisdiction_asked(request, every, _("督办等级由这个地区的领导小组办公室设定。"))
    stored = grade_actions.rows_of(jurisdiction)
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        count = min(
            int(request.POST.get("count", "0") or 0) if request.POST.get("count", "").isdecimal() else 0, 40
        )
        rows = [GradeForm(request.POST, prefix=str(number)) for number in range(count)]
        status, errors = _save(request, jurisdiction, rows)
        if status == 302:
            return redirect(f"{reverse('notice_grades')}?{urlencode({'of': jurisdiction.pk})}")
    else:
        rows = [
            GradeForm(prefix=str(number), initial={**vars(one), "order": number + 1})
            for number, one in enumerate(stored)
        ]
        rows.append(GradeForm(prefix=str(len(rows)), initial={"order": len(rows) + 1}))
    context = {
        "jurisdiction": jurisdiction,
        "every": [(param_of(one), one) for one in every],
        "of": param_of(jurisdiction),
        "rows": rows,
        "errors": errors,
        "seen": request.POST.get("seen") or grade_actions.fingerprint(stored),
    }
    return render(request, "supervision/grades.html", context, status=status)


def _save(request: HttpRequest, jurisdiction: Jurisdiction, rows: list[GradeForm]) -> tuple[int, list[str]]:
    """(status, sentences above the form): 302 where it was done."""
    valid = [form.is_valid() for form in rows]  # all of them, so that each shows its faults
    if not all(valid):
        return 422, []
    used = sorted(
        (form for form in rows if not form.is_passed_over), key=lambda form: form.cleaned_data["order"]
    )
    asked: dict[str, Any] = {
        "by": signed_in(request),
        "jurisdiction": jurisdiction,
        "rows": [form.asked() for form in used],
        "seen": request.POST.get("seen", ""),
    }
    try:
        grade_actions.set_grades(**asked)
    except Problems as problems:
        above = []
        for problem in problems.problems:
            number, dash, field = problem.field.partition("-")
            if dash:
                used[int(number)].add_error(field, problem.message)
            else:
                above.append(problem.message)
        return 422, above
    except Conflict as conflict:
        return 409, [str(conflict)]
    messages.success(request, _("已保存。以后签发的按此编号和用语；已签发的不变。"))
    return 302, []
