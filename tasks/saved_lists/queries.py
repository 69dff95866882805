"""What a list's page shows of the filters that its reader keeps."""

from dataclasses import dataclass

from django.http import HttpRequest

from tasks.people.models import User
from tasks.saved_lists.models import SavedList

# The pages whose filters and order can be kept, by the names of their addresses.
LISTS = frozenset({
    "task_list", "agency_list", "project_list", "progress", "review", "notice_list", "instruction_list", "coordination_list",
    "brief_list", "comment_list", "adjustment_list", "accounts", "rights", "audit",
})  # fmt: skip


@dataclass(frozen=True)
class SavedLists:
    """Those of one person on one page; `address` is the page's own."""

    rows: list[SavedList]
    address: str


def saved_on(request: HttpRequest, user: User | None) -> SavedLists | None:
    """None on pages that are no such list. One query."""
    match = request.resolver_match
    if user is None or match is None or match.url_name not in LISTS:
        return None
    return SavedLists(list(SavedList.objects.filter(user=user, path=request.path)), request.get_full_path())
