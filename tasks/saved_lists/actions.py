"""Keeping a list's filters and order under a name, and forgetting them."""

from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db import transaction
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from qhplan import clock
from tasks import typed
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.saved_lists.models import NAME, QUERY, SavedList
from tasks.saved_lists.queries import LISTS

MOST = 20  # that one person keeps
# The page of a list, and the period: a kept filter opens on that of the day.
_LEFT_OUT = frozenset({"page", "q", "known", "csrfmiddlewaretoken"})


@transaction.atomic
def save(*, by: User, address: str, name: str, now: datetime | None = None) -> SavedList:
    """Keep the filters and the order of this address; under a name that is there already, in the place of what it had."""
    path, query = _parts(address)
    words = typed.clean(name).strip()
    if not words or "\n" in words:
        raise Problems([Problem("name", _("请为这组筛选起一个名称。"))])
    if len(words) > NAME:
        raise Problems([Problem("name", _("名称最多%(n)d字。") % {"n": NAME})])
    User.objects.select_for_update().get(pk=by.pk)  # two at once are counted one after the other
    own = SavedList.objects.filter(user=by)
    if not own.filter(path=path, name=words).exists() and own.count() >= MOST:
        raise Problems([Problem("", _("最多保存%(n)d组筛选，请先删去不用的。") % {"n": MOST})])
    saved, _is_new = SavedList.objects.update_or_create(
        user=by, path=path, name=words, defaults={"query": query, "at": now or clock.now()}
    )
    return saved


def remove(*, by: User, pk: int) -> str:
    """Forget one of the person's own; returns its name, "" where there is none any more."""
    found = SavedList.objects.filter(user=by, pk=pk)
    name = found.values_list("name", flat=True).first() or ""
    found.delete()
    return name


def _parts(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    try:
        is_list = not parts.netloc and resolve(parts.path).url_name in LISTS
        chosen = parse_qsl(parts.query, max_num_fields=50)
    except (Resolver404, ValueError):
        is_list = False
    if not is_list or len(parts.path) > 200:
        raise Problems([Problem("", _("这一页的筛选不能保存。"))])
    query = urlencode([(key, value) for key, value in chosen if key not in _LEFT_OUT])
    if not query:
        raise Problems([Problem("", _("还没有筛选或排序，请先选好再保存。"))])
    if len(query) > QUERY:
        raise Problems([Problem("", _("筛选条件太长，不能保存。"))])
    return parts.path, query
