from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = _("方案与填报")

    def ready(self) -> None:
        """Register the checks."""
        from tasks.people import checks  # noqa: F401
