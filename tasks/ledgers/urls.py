"""URLs of ledgers 台账."""

from django.urls import path

from tasks.ledgers import carry_views, template_views, views

urlpatterns = [
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/<int:pk>/", views.ledger, name="ledger"),
    path("ledgers/<int:pk>/columns/", views.ledger_columns, name="ledger_columns"),
    path("ledgers/<int:pk>/rows/", views.ledger_rows, name="ledger_rows"),
    path("ledgers/<int:pk>/act/", views.ledger_act, name="ledger_act"),
    path("ledgers/<int:pk>/file/", views.ledger_file, name="ledger_file"),
    path("plans/<slug:slug>/ledger/", template_views.ledger_template, name="ledger_template"),
    path(
        "plans/<slug:slug>/ledger/columns/",
        template_views.ledger_template_columns,
        name="ledger_template_columns",
    ),
    path("plans/<slug:slug>/ledger/xlsx/", template_views.ledger_xlsx, name="ledger_xlsx"),
    path("plans/<slug:slug>/carry/", carry_views.carry, name="carry"),
]
