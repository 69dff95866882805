"""URLs of forms on paper 纸面表单."""

from django.urls import path

from reports.paper import views

urlpatterns = [
    path("returns/<int:pk>/versions/<int:number>/review.pdf", views.review_sheet_view, name="review_sheet"),
    path(
        "plans/<slug:slug>/adjustments/<int:pk>/form.pdf",
        views.application_form_view,
        name="application_form",
    ),
]
