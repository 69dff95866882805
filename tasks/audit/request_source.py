"""Where an action comes from: the network address and the session of the request that is being answered.

The middleware sets it for the time of the request, so that no function between the view and the audit log passes it on.
Outside a request (jobs, commands) there is none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from tasks.people.access import address_of

_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)


@dataclass(frozen=True)
class Source:
    """`address` is an IP address, None where there is none; `session` is `session:` or `token:` with a digest that is the
    same for all requests of one session or token and opens nothing, "" where there is neither."""

    address: str | None = None
    session: str = ""


@contextmanager
def from_request(request: HttpRequest) -> Iterator[None]:
    """Within the block, in this thread or coroutine alone, actions come from the request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def current_source() -> Source:
    """The source of what happens now. No query; the session is read late because a login begins a new one."""
    request = _request.get()
    if request is None:
        return Source()
    return Source(_ip_address(address_of(request)), _session_name(request))


def _ip_address(text: str) -> str | None:
    """The address as the database takes it: without the zone of a link-local one."""
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def _session_name(request: HttpRequest) -> str:
    key = request.session.session_key if hasattr(request, "session") else None
    if key:
        return f"session:{_digest(key)}"
    token = request.headers.get("Authorization", "")
    return f"token:{_digest(token)}" if token else ""


def _digest(secret: str) -> str:
    return salted_hmac("tasks.audit.request_source", secret, algorithm="sha256").hexdigest()[:16]
