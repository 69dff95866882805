"""What every answer of the API has in common. (Its addresses are in qhplan/api_urls.py.) Every error has one shape:

    {"error": {"code": …, "message": …, "fields": {field: [messages]}, "rows": {row: {field: [messages]}}}}

`rows` is for what stands in one item of a batch: its task's code, or its place in the list, counted from 0.
"""

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
from django.utils.translation import gettext as _
from django.views.defaults import bad_request as html_bad_request
from django.views.defaults import server_error as html_server_error
from rest_framework import exceptions, parsers, status
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from tasks.accounts import views as people_views
from tasks.errors import Conflict, Problem, Problems

MAX_BODY = 10 * 1024 * 1024  # a whole quarter's returns of one body are well below

# -- errors -------------------------------------------------------------------------------------------------


def error_body(code: str, message: str, problems: list[Problem] | None = None) -> dict[str, Any]:
    """The one shape."""
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
    """Every refusal of the domain, of Django and of the framework in the one shape; None for what nobody foresaw."""
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
            exc = exceptions.PermissionDenied(str(exc) or _("您的账号没有这项权限。"))
        case RequestDataTooBig():
            # Of a session the body is read by Django, which has a limit of its own.
            exc = _TooLarge(_("请求过大，请分批。"))
        case Http404():
            # Nothing, or Django's own English, says no more than this.
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
    """A serializer's errors, however deep, as problems: an item of the outermost list is a row."""
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
    """Too many failures of signing in: the page's answer, or this."""
    if not request.path.startswith("/api/"):
        return people_views.locked_out(request, response, credentials)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    body = error_body("throttled", _("登录失败次数过多，请 %(minutes)d 分钟后再试。") % {"minutes": minutes})
    return JsonResponse(body, status=429, headers={"Retry-After": str(minutes * 60)})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A request that Django itself refuses: one that is too much, or that makes no sense."""
    too_much = isinstance(exception, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent)
    if request.path.startswith("/api/"):
        if too_much:
            return JsonResponse(error_body("too_large", _("请求过大，请分批。")), status=413)
        return JsonResponse(error_body("bad_request", _("请求看不懂，没有做任何改动。")), status=400)
    return render(request, "413.html", status=413) if too_much else html_bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """What nobody foresaw; it stands in the log."""
    if not request.path.startswith("/api/"):
        return html_server_error(request)
    return JsonResponse(error_body("error", _("服务器出错，已记入日志；请稍后再试。")), status=500)


# -- requests and answers -----------------------------------------------------------------------------------


class JSONParser(parsers.JSONParser):
    """Refuses what is too large before it is read, and too deep while it is."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            raise _TooLarge(_("请求超过 %(size)d MB，请分批。") % {"size": MAX_BODY >> 20})
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError(_("JSON 嵌套过深。")) from error


class Pages(PageNumberPagination):
    """{"count", "next", "previous", "results"}: fifty rows, or `page_size` up to 500."""

    page_size_query_param = "page_size"
    max_page_size = 500

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The framework's own says `nullable`, which is no word of OpenAPI 3.1."""
        described = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            described["properties"][name] = {"type": ["string", "null"], "format": "uri"}
        described["required"] = ["count", "next", "previous", "results"]
        return described


# -- schema -------------------------------------------------------------------------------------------------


def describe_errors(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Schema hook: what is refused is refused everywhere in the one shape."""
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
