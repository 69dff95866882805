"""Error handling, parsing, pagination and schema hooks of the API. (Its URLs are in qhplan/api_urls.py.)

All errors have one shape:

    {"error": {"code": …, "message": …, "fields": {field: [messages]}, "rows": {row: {field: [messages]}}}}

`rows` contains errors of single items of a batch; the key is the task's code or the index in the list, from 0.
"""

import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import bad_request as html_bad_request
from django.views.defaults import server_error as html_server_error
from rest_framework import exceptions, parsers, status
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from qhplan.database import LOST
from tasks import typed
from tasks.accounts import views as people_views
from tasks.errors import Conflict, Problem, Problems

MAX_BODY = 10 * 1024 * 1024  # all submissions of one agency in a quarter are much smaller

# -- errors -------------------------------------------------------------------------------------------------


def error_body(code: str, message: str, problems: list[Problem] | None = None) -> dict[str, Any]:
    """The error shape of all responses."""
    fields: dict[str, list[str]] = {}
    rows: dict[str, dict[str, list[str]]] = {}
    for problem in problems or []:
        place = rows.setdefault(problem.row, {}) if problem.row else fields
        place.setdefault(problem.field, []).append(problem.message)
    return {"error": {"code": code, "message": message, "fields": fields, "rows": rows}}


class _Conflict(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class _TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def explain(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF exception handler: converts errors of the domain, Django and DRF to the error shape; None for unexpected
    errors."""
    match exc:
        case Problems():
            body = error_body("problems", _("有内容需要改正，没有写入。"), exc.problems)
            return Response(body, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        case exceptions.ValidationError():
            body = error_body("invalid", _("请求的内容不合格式，没有写入。"), list(_problems(exc.detail)))
            return Response(body, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        case Conflict():
            exc = _Conflict(str(exc))
        case PermissionDenied():
            exc = exceptions.PermissionDenied(str(exc) or _("您没有此项权限。"))
        case RequestDataTooBig():
            # For session authentication Django reads the body, and has its own limit.
            exc = _TooLarge(_("请求过大，请分批。"))
        case Http404():
            # No message, or Django's English one, gives no more information than this.
            exc = exceptions.NotFound(_("没有这一项，或您不能看。") if str(exc).isascii() else str(exc))
    if not isinstance(exc, exceptions.APIException):
        return None
    headers = {}
    if auth := getattr(exc, "auth_header", ""):
        headers["WWW-Authenticate"] = auth
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    code = getattr(exc.detail, "code", exc.default_code)
    return Response(error_body(code, str(exc.detail)), status=exc.status_code, headers=headers)


def _problems(detail: Any, field: str = "", row: str = "") -> Iterator[Problem]:
    """The errors of a serializer, of any depth, as problems; an item of the outermost list is a row."""
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        detail = dict(enumerate(detail))
    match detail:
        case dict():
            for name, below in detail.items():
                if isinstance(name, int) and not field and not row:
                    yield from _problems(below, "", str(name))
                else:
                    own = "" if name == "non_field_errors" else str(name)
                    yield from _problems(below, ".".join(filter(None, [field, own])), row)
        case list():
            for message in detail:
                yield Problem(field, str(message), row)
        case _:
            yield Problem(field, str(detail), row)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """Response to too many failed sign-ins: that of the page, or a 429 in the error shape for the API."""
    if not request.path.startswith("/api/"):
        return people_views.locked_out(request, response, credentials)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    body = error_body("throttled", _("登录失败次数过多，请 %(minutes)d 分钟后再试。") % {"minutes": minutes})
    return JsonResponse(body, status=429, headers={"Retry-After": str(minutes * 60)})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Response to a request that Django itself refuses because it is too large or malformed."""
    too_much = isinstance(exception, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent)
    if request.path.startswith("/api/"):
        if too_much:
            return JsonResponse(error_body("too_large", _("请求过大，请分批。")), status=413)
        return JsonResponse(error_body("bad_request", _("请求无法识别，未作任何改动。")), status=400)
    return render(request, "413.html", status=413) if too_much else html_bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Response to an unexpected error, which is logged; 503 where the database was slow or has gone."""
    if isinstance(sys.exc_info()[1], LOST):
        return _without_database(request)
    if not request.path.startswith("/api/"):
        return html_server_error(request)
    return JsonResponse(error_body("error", _("服务器出错，已记入日志；请稍后再试。")), status=500)


def _without_database(request: HttpRequest) -> HttpResponseBase:
    headers = {"Retry-After": "60"}
    if request.path.startswith("/api/"):
        words = _("数据库没有及时应答，没有写入；请一分钟后再试。")
        return JsonResponse(error_body("unavailable", words), status=503, headers=headers)
    # Without the request: what surrounds a page would ask the database who reads it.
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)


# -- requests and responses ---------------------------------------------------------------------------------


class JSONParser(parsers.JSONParser):
    """Refuses requests that are too large before reading them, and too deeply nested ones while parsing. Texts are read as
    those of forms are."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            raise _TooLarge(_("请求超过 %(size)d MB，请分批。") % {"size": MAX_BODY >> 20})
        try:
            return typed.cleaned(super().parse(stream, media_type, parser_context))
        except RecursionError as error:
            raise exceptions.ParseError(_("JSON 嵌套过深。")) from error


class Pages(PageNumberPagination):
    """Pages with {"count", "next", "previous", "results"}: 50 rows, or `page_size` up to 500."""

    page_size_query_param = "page_size"
    max_page_size = 500

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Replaces DRF's `nullable`, which does not exist in OpenAPI 3.1."""
        described = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            described["properties"][name] = {"type": ["string", "null"], "format": "uri"}
        described["required"] = ["count", "next", "previous", "results"]
        return described


# -- schema -------------------------------------------------------------------------------------------------


def describe_errors(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Schema hook: describes the error responses of all routes."""
    messages = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    result["components"]["schemas"]["Error"] = {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "fields": messages,
                    "rows": {"type": "object", "additionalProperties": messages},
                },
                "required": ["code", "message", "fields", "rows"],
            }
        },
        "required": ["error"],
    }
    answer = {
        "description": "",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"] |= {"4XX": answer}
    return result
