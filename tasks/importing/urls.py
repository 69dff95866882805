"""URLs of imports 方案导入."""

from django.urls import path

from tasks.importing import edition_views, views

urlpatterns = [
    path("imports/", views.plan_imports, name="plan_imports"),
    path("imports/<int:pk>/", views.plan_import, name="plan_import"),
    path("imports/<int:pk>/edit/", views.plan_import_edit, name="plan_import_edit"),
    path("imports/<int:pk>/panel/", views.plan_import_panel, name="plan_import_panel"),
    path("imports/<int:pk>/act/", views.plan_import_act, name="plan_import_act"),
    path("imports/<int:pk>/edition/", edition_views.plan_edition, name="plan_edition"),
    path("plans/<slug:slug>/editions/", edition_views.plan_editions, name="plan_editions"),
    path("plans/<slug:slug>/editions/<int:pk>/", edition_views.plan_edition_text, name="plan_edition_text"),
    path("imports/<int:pk>/file/", views.plan_import_file, name="plan_import_file"),
    path("plans/<slug:slug>/default/", views.plan_default, name="plan_default"),
    path("plans/<slug:slug>/rhythm/", views.plan_rhythm, name="plan_rhythm"),
]
