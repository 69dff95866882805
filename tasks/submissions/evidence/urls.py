"""Addresses of evidence."""

from django.urls import path

from tasks.submissions.evidence import views

urlpatterns = [
    path("evidence/<uuid:pk>/", views.evidence, name="evidence"),
    path("evidence/period.zip", views.period_zip, name="evidence_zip"),
    path("returns/<int:pk>/evidence.zip", views.return_zip, name="return_evidence_zip"),
]
