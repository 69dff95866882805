"""Addresses of one submission, of its review and of the terms of tasks."""

from django.urls import path

from tasks.review import (
    arrangement_views,
    consolidation_views,
    correction_views,
    decision_views,
    filing_requirement_views,
    queue_views,
    task_term_views,
)

urlpatterns = [
    path(
        "desk/<slug:slug>/<str:quarter_text>/<str:ref>/co/",
        consolidation_views.consolidate,
        name="consolidate",
    ),
    path("returns/<int:pk>/", decision_views.return_page, name="return"),
    path("returns/<int:pk>/versions/<int:number>/", decision_views.version_page, name="version"),
    path("returns/<int:pk>/decide/", decision_views.decide_view, name="decide"),
    path("returns/<int:pk>/withdraw/", correction_views.withdraw_view, name="withdraw"),
    path("returns/<int:pk>/undo/", correction_views.undo_view, name="undo_decision"),
    path("returns/<int:pk>/correct/", correction_views.correct_view, name="correct_decision"),
    path("returns/<int:pk>/supplement/", decision_views.supplement_view, name="supplement"),
    path("returns/<int:pk>/supplement/undo/", decision_views.supplement_undo, name="supplement_undo"),
    path("review/", queue_views.review, name="review"),
    path("review/decide/", queue_views.decide_several, name="decide_several"),
    path("review/arrangements/", arrangement_views.arrangements, name="arrangements"),
    path("review/filing-rules/", filing_requirement_views.filing_rules, name="filing_rules"),
    path("review/terms/", task_term_views.terms, name="terms"),
]
