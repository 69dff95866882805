"""URLs of jurisdictions 地区."""

from django.urls import path

from tasks.jurisdictions import views

urlpatterns = [
    path("jurisdictions/", views.jurisdictions, name="jurisdictions"),
    path("jurisdictions/<int:pk>/", views.jurisdiction, name="jurisdiction"),
    path("jurisdictions/<int:pk>/lights-<int:revision>.css", views.lights_css, name="lights_css"),
]
