"""What of briefs is sealed with the audit log, and what `manage.py verify` computes again of each."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from reports.briefs.models import Brief, BriefFile
from tasks.audit.sealing import checks, fingerprint, seals

# Named one by one: a column that is added later changes no sealed hash.
_BRIEF = (
    "id", "plan_id", "quarter", "kind", "scope", "state", "known_at", "figures_sha256", "frozen_at", "year", "number",
    "edition", "total", "code", "issued_at", "issued_by_id", "supersedes_id", "withdrawn_at", "withdrawn_by_id",
    "withdrawn_reason",
)  # fmt: skip


@seals("brief")
def hashes(briefs: Sequence[int]) -> Mapping[int, str]:
    """The hash of each brief's number, state and hashes, and of its issued file. Two queries."""
    issued = dict(BriefFile.objects.filter(brief__in=briefs, issued=True).values_list("brief", "sha256"))
    rows = Brief.objects.filter(pk__in=briefs).order_by("pk").values_list(*_BRIEF)
    return {row[0]: fingerprint([*row, issued.get(row[0], "")]) for row in rows}


@checks
def damaged() -> Iterator[str]:
    """A sentence for each brief whose figures or PDF do not have their hash."""
    for pk, figures, digest in (
        Brief.objects.exclude(figures="")
        .values_list("pk", "figures", "figures_sha256")
        .iterator(chunk_size=50)
    ):
        if hashlib.sha256(figures.encode()).hexdigest() != digest:
            yield _("简报 %(id)s 的数据与校验值不符。") % {"id": pk}
    files = BriefFile.objects.values_list("brief_id", "pdf", "sha256")
    for pk, pdf, digest in files.iterator(chunk_size=20):
        if hashlib.sha256(bytes(pdf)).hexdigest() != digest:
            yield _("简报 %(id)s 的 PDF 与校验值不符。") % {"id": pk}
