"""Addresses of the cycles 填报周期 and of working days."""

from django.urls import path

from tasks.cycles import views, workday_views

urlpatterns = [
    path("cycles/", views.cycles, name="cycles"),
    path("cycles/workdays/", workday_views.workdays, name="workdays"),
    path("cycles/workdays/<int:pk>/unset/", workday_views.workday_unset, name="workday_unset"),
    path("cycles/<int:pk>/", views.cycle, name="cycle"),
    path("cycles/<int:pk>/undo/", views.cycle_undo, name="cycle_undo"),
]
