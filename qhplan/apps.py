import gc

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class QhplanConfig(AppConfig):
    """The project as a Django app, so that jobs have a table."""

    name = "qhplan"
    label = "qhplan"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enables garbage collection at the end of the start. Processes start with it disabled (manage.py, wsgi.py,
        celery.py), because nearly all objects created by imports stay, and scanning them repeatedly takes a sixth of
        the start. Existing objects are frozen: they are never scanned, and memory shared with forked workers stays
        shared."""
        from qhplan import changes

        post_migrate.connect(changes.watch_tables, sender=self)
        if settings.QHPLAN_MODE == "trial":  # no other worker writes sample data
            from qhplan.sample import preparation  # noqa: F401

        # A page makes tens of thousands of objects and hardly a cycle. By the usual thresholds each is scanned for the next
        # one's garbage, and every tenth page pays 0.1 s for a scan of all.
        gc.set_threshold(20_000, 20, 20)
        gc.freeze()
        gc.enable()
