"""URLs of ledgers 台账."""

from django.urls import path

from tasks.ledgers import views

urlpatterns = [
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/<int:pk>/", views.ledger, name="ledger"),
    path("ledgers/<int:pk>/columns/", views.ledger_columns, name="ledger_columns"),
    path("ledgers/<int:pk>/rows/", views.ledger_rows, name="ledger_rows"),
    path("ledgers/<int:pk>/act/", views.ledger_act, name="ledger_act"),
    path("ledgers/<int:pk>/file/", views.ledger_file, name="ledger_file"),
]
