"""URLs of forms on paper 纸面表单."""

from django.urls import path

from reports.paper import views

urlpatterns = [
    path(
        "plans/<slug:slug>/adjustments/<int:pk>/form.pdf",
        views.application_form_view,
        name="application_form",
    ),
]
