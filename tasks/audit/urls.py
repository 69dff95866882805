"""Addresses of the audit page and its export."""

from django.urls import path

from tasks.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/export.csv", views.audit_export, {"form": "csv"}, name="audit_csv"),
    path("audit/export.jsonl", views.audit_export, {"form": "jsonl"}, name="audit_jsonl"),
    path("audit/seals/", views.audit_seals, name="audit_seals"),
]
