from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("汇总与简报")

    def ready(self) -> None:
        """Register the jobs, in the web process too: it asks for them by kind."""
        from reports.briefs import jobs  # noqa: F401
        from reports.supervision import jobs as supervision_jobs  # noqa: F401
