"""Addresses of scores. What is no agency's name comes first."""

from django.urls import path

from reports.scoring import scheme_views, views

urlpatterns = [
    path("plans/<slug:slug>/scores/", views.score_list, name="score_list"),
    path("plans/<slug:slug>/scores/-/schemes/", scheme_views.scheme_list, name="schemes"),
    path("plans/<slug:slug>/scores/-/schemes/draft/", scheme_views.scheme_edit, name="scheme_edit"),
    path("plans/<slug:slug>/scores/-/evidence/", scheme_views.score_evidence, name="score_evidence"),
    path("plans/<slug:slug>/scores/-/try/", scheme_views.score_try, name="score_try"),
    path("plans/<slug:slug>/scores/<slug:agency_slug>/", views.score, name="score"),
]
