"""线下审核: a decision that was signed on paper is recorded by a second person of those who decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.cycles.lateness import is_day_late
from tasks.errors import Problem, Problems
from tasks.files import actions as files
from tasks.people.models import User
from tasks.review.actions import DecisionInput, decide
from tasks.submissions.models import Version
from tasks.submissions.paper.actions import PaperInput, checked_paper
from tasks.submissions.paper.models import PaperKind, PaperRecord


@transaction.atomic
def decide_on_paper(
    *,
    by: User,
    decision: DecisionInput,
    paper: PaperInput,
    signer_agency: int,
    uploads: "Sequence[File[Any]]",
    now: datetime | None = None,
) -> Version:
    """Record the decision that somebody else signed on paper, with the scan. Whose agency filed the version never signs
    it, and who signed does not record it."""
    checked = checked_paper(paper, uploads)
    found = Version.objects.filter(pk=decision.version_id).first()
    if found is None:
        raise PermissionDenied(_("没有这份填报。"))
    if is_day_late(clock.day_of(found.submitted_at), paper.signed_on):
        raise Problems([Problem("signed_on", _("签字日期不能早于这一版的提交日期。"))])
    if signer_agency == found.agency_id:
        raise Problems([Problem("signer_agency", _("填报单位的人不能签自己的审核单。"))])
    if paper.signer.strip() == by.display_name:
        raise Problems([Problem("signer", _("自己签字的，须由另一个人录入；也可以直接在系统里决定。"))])
    moment = now or clock.now()
    (version,) = decide(by=by, decisions=[decision], now=moment)
    (stored,) = files.store(by=by, checked=checked, now=moment)
    PaperRecord.objects.create(
        kind=PaperKind.REVIEW,
        version=version,
        decision=version.decisions.order_by("-id").first(),
        signer=paper.signer.strip(),
        signed_on=paper.signed_on,
        doc_number=paper.doc_number.strip(),
        signer_agency_id=signer_agency,
        file=stored,
        recorded_by=by,
        recorded_at=moment,
    )
    record(by=by, verb="return.paper_review", subject=version.submission, note=paper.signer, at=moment)
    return version
