"""Addresses of evidence."""

from django.urls import path

from tasks.submissions.evidence import views

urlpatterns = [path("evidence/<uuid:pk>/", views.evidence, name="evidence")]
