"""Addresses of a quarter's bundle 报送材料 and of the assignments 分工 within an agency."""

from django.urls import path

from tasks.bundles import views

urlpatterns = [
    path("desk/package/", views.package, name="package"),
    path("desk/package/sheet/", views.package_sheet, name="package_sheet"),
    path("desk/package/sheets/<uuid:pk>/", views.sealed_sheet, name="sealed_sheet"),
    path("desk/assignments/", views.assignments, name="assignments"),
]
