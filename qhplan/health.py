"""Probes for load balancers, monitoring and `make run`; they need no login and give no names, paths or figures."""

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qhplan.status import all_checks


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


@require_safe
@never_cache
@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """200 if the database responds, else 503. The state of the broker is reported but does not fail the check, because
    jobs are rows and wait."""
    database = _database()
    answer = {"database": database, "broker": _broker()}
    return JsonResponse(answer, status=200 if database else 503)


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
