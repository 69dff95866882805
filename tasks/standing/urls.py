"""Addresses of the progress of filing 报送进度 and of reopening a quarter."""

from django.urls import path

from tasks.standing import extension_views, reopening_views, views

urlpatterns = [
    path("review/progress/", views.progress, name="progress"),
    path("desk/extension/", extension_views.extension_ask, name="extension_ask"),
    path("review/extensions/<int:pk>/", extension_views.extensions_page, name="extensions"),
    path("review/extensions/<int:pk>/decide/", extension_views.extensions_decide, name="extensions_decide"),
    path("review/reopening/<int:pk>/", reopening_views.reopening, name="reopening"),
    path("review/reopening/<int:pk>/end/", reopening_views.reopening_end, name="reopening_end"),
]
