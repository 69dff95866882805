"""Pressing 已阅."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reports.receipts import actions
from reports.supervision.models import Instruction
from tasks.models import Version
from tasks.people.access import signed_in


@require_POST
def version_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Of a version that was sent back."""
    user = signed_in(request)
    version = get_object_or_404(Version.objects.visible_to(user).select_related("task"), pk=pk)
    actions.give(by=user, read=version)
    messages.success(request, _("已标记已阅，退回的人看得到。"))
    return redirect("version", version.submission_id, version.number)


@require_POST
def instruction_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Of an instruction."""
    user = signed_in(request)
    instruction = get_object_or_404(Instruction.objects.visible_to(user), pk=pk)
    actions.give(by=user, read=instruction)
    messages.success(request, _("已标记已阅，批示人看得到。"))
    return redirect("instruction", instruction.pk)
