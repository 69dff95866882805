"""What the page of an agency's bundle of one quarter shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from qhplan import clock
from tasks.assignments.queries import people_for
from tasks.bundles.actions import PackageRow, packages_of, sheet
from tasks.bundles.models import SealedSheet
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import latest_quarter
from tasks.files.serving import why_not
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.models import Plan
from tasks.submissions.desk_views import desk_rows_open, withdrawable
from tasks.submissions.models import Package, State
from tasks.submissions.queries import Desk
from tasks.values import Period


@dataclass(frozen=True)
class BundlePage:
    """All that an agency owes in a quarter, with what is missing, and what it has submitted."""

    plan: Plan
    quarter: Period
    latest: Period
    desk: Desk
    cycle: Cycle | None
    is_open: bool
    may_approve: bool

    rows: Sequence[PackageRow]
    ready: int  # counts of rows; what waits for an approver is ready for them alone
    handed: int  # and waits for the approver, where the reader is none
    faulty: int
    untouched: int
    sent: int
    withdrawable: set[int]  # ids of submissions that the reader may withdraw
    given: dict[int, list[User]]  # {task id: the reporters to whom it is assigned}

    sheets: list[tuple[SealedSheet, str]]  # scans of the signed sheet, and why one cannot be downloaded
    sheet_code: str
    packages: list[Package]


def bundle_page(user: User, desk: Desk, rows: Sequence[PackageRow]) -> BundlePage:
    """The page for one of the agency's own people. A fixed number of queries."""
    approves = may_approve(user)
    scans = SealedSheet.objects.filter(cycle=desk.cycle, agency=user.agency_id)
    return BundlePage(
        plan=desk.plan,
        quarter=desk.quarter,
        latest=latest_quarter(desk.plan),
        desk=desk,
        cycle=desk.cycle,
        is_open=desk_rows_open(desk, clock.now()),
        may_approve=approves,
        rows=rows,
        ready=sum(row.is_ready and (approves or row.row.state != State.HANDED) for row in rows),
        handed=0 if approves else sum(row.row.state == State.HANDED for row in rows),
        faulty=sum(bool(row.problems) for row in rows),
        untouched=sum(row.row.submission is None for row in rows),
        sent=sum(row.is_sent for row in rows),
        withdrawable=withdrawable(user, desk.rows, clock.now()),
        given=people_for([row.row.task.pk for row in rows], desk.agency_id),
        sheets=[(one, why_not(one.file)) for one in scans.select_related("file__uploaded_by")],
        sheet_code=sheet(desk.plan, desk.quarter, desk.agency_id).code,
        packages=packages_of(desk.plan, desk.quarter, desk.agency_id),
    )
