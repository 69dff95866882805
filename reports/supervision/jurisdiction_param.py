"""The jurisdiction whose grades or rules a page shows: `of` in its address or form."""

from collections.abc import Sequence
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.permissions import own_jurisdiction
from tasks.people.access import signed_in

J = TypeVar("J", Jurisdiction, Jurisdiction | None)


def jurisdiction_asked(request: HttpRequest, offered: Sequence[J], refusal: str) -> J:
    """The jurisdiction of that id, None for 0; without `of` the user's own, or else the first that is offered. Raises
    PermissionDenied with the sentence where it is not offered, and Http404 where there is none."""
    wanted = request.POST.get("of") or request.GET.get("of", "")
    if not wanted and offered:
        own = own_jurisdiction(signed_in(request))
        return next((one for one in offered if one is not None and one.pk == own), offered[0])
    for one in offered:
        if wanted == param_of(one):
            return one
    if wanted in map(str, Jurisdiction.objects.values_list("pk", flat=True)):
        raise PermissionDenied(refusal)
    raise Http404(_("没有这个地区。"))


def param_of(jurisdiction: Jurisdiction | None) -> str:
    return "0" if jurisdiction is None else str(jurisdiction.pk)
