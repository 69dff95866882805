from django.apps import AppConfig


class QhplanConfig(AppConfig):
    """The project itself as an app, so that its job rows have a table."""

    name = "qhplan"
    label = "qhplan"
    default_auto_field = "django.db.models.BigAutoField"
