"""Addresses of the audit page."""

from django.urls import path

from tasks.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
]
