from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("汇总与简报")

    def ready(self) -> None:
        """Register the jobs, the labels of the audit log and the extensions of pages, in the web process too: it refers to jobs by kind."""
        from reports.briefs import audit_labels as brief_labels  # noqa: F401
        from reports.briefs import decisions_used as brief_decisions  # noqa: F401
        from reports.briefs import (
            jobs,  # noqa: F401
            sealed,  # noqa: F401
        )
        from reports.briefs import page_extensions as brief_pages  # noqa: F401
        from reports.coordination import audit_labels as coordination_labels  # noqa: F401
        from reports.coordination import from_returns  # noqa: F401
        from reports.coordination import page_extensions as coordination_pages  # noqa: F401
        from reports.evaluation import audit_labels as evaluation_labels  # noqa: F401
        from reports.exports import audit_labels as export_labels  # noqa: F401
        from reports.news import page_extensions as news_pages  # noqa: F401
        from reports.receipts import audit_labels as receipt_labels  # noqa: F401
        from reports.receipts import page_extensions as receipt_pages  # noqa: F401
        from reports.scoring import audit_labels as scoring_labels  # noqa: F401
        from reports.scoring import decisions_used as scoring_decisions  # noqa: F401
        from reports.scoring import page_extensions as scoring_pages  # noqa: F401
        from reports.supervision import audit_labels as supervision_labels  # noqa: F401
        from reports.supervision import jobs as supervision_jobs  # noqa: F401
        from reports.supervision import page_extensions as supervision_pages  # noqa: F401
