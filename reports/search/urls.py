"""Addresses of the search."""

from django.urls import path

from reports.search import views

urlpatterns = [
    path("search/", views.search_page, name="search"),
    path("search/suggestions/", views.suggestions, name="search_suggestions"),
]
