"""Addresses of the plan's text."""

from django.urls import path

from tasks.plans import views

urlpatterns = [
    path("plans/<slug:slug>/text/", views.source, name="source"),
]
