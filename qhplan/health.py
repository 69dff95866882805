"""Probes for load balancers, monitoring and `make run`; they need no login and give no names, paths or figures."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qhplan.status import all_checks, broker, database


@require_safe
@never_cache
@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """200 if the database responds, else 503. The state of the broker is reported but does not fail the check, because
    jobs are rows and wait."""
    answer = {check.name: not check.wrong for check in (database(), broker())}
    return JsonResponse(answer, status=200 if answer["database"] else 503)


@require_safe
@never_cache
@login_not_required
def livez(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers. It asks nothing: restarting it mends no database."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """503 if no page can be served, else 200; with a sentence for each thing that is wrong."""
    checks = all_checks()
    wrong = {check.name: check.wrong for check in checks if check.wrong}
    ready = not any(check.wrong and check.grave for check in checks)
    return JsonResponse(
        {"ready": ready, "wrong": wrong},
        status=200 if ready else 503,
        json_dumps_params={"ensure_ascii": False},
    )
