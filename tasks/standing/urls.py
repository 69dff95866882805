"""Addresses of the progress of filing 报送进度 and of reopening a quarter."""

from django.urls import path

from tasks.standing import reopening_views, views

urlpatterns = [
    path("review/progress/", views.progress, name="progress"),
    path("review/reopening/<int:pk>/", reopening_views.reopening, name="reopening"),
    path("review/reopening/<int:pk>/end/", reopening_views.reopening_end, name="reopening_end"),
]
