"""Addresses of evidence."""

from django.urls import path

from tasks.filing.evidence import views

urlpatterns = [path("evidence/<uuid:pk>/", views.evidence, name="evidence")]
