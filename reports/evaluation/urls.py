"""Addresses of the final evaluation."""

from django.urls import path

from reports.evaluation import views

urlpatterns = [
    path("plans/<slug:slug>/evaluation/", views.evaluation, name="evaluation"),
    path("plans/<slug:slug>/evaluation/undo/", views.evaluation_undo, name="evaluation_undo"),
    path("plans/<slug:slug>/evaluation.json", views.evaluation_json, name="evaluation_json"),
]
