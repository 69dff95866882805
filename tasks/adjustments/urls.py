"""URLs of adjustments 调整."""

from django.urls import path

from tasks.adjustments import application_views, views

urlpatterns = [
    path("plans/<slug:slug>/adjustments/", views.adjustment_list, name="adjustment_list"),
    path("plans/<slug:slug>/adjustments/<int:pk>/", views.adjustment, name="adjustment"),
    path("plans/<slug:slug>/adjustments/<int:pk>/decide/", views.adjustment_decide, name="adjustment_decide"),
    path(
        "plans/<slug:slug>/adjustments/<int:pk>/opinion/",
        application_views.application_opinion,
        name="application_opinion",
    ),
    path(
        "plans/<slug:slug>/adjustments/<int:pk>/files/",
        application_views.application_attach,
        name="application_attach",
    ),
    path(
        "plans/<slug:slug>/adjustments/<int:pk>/files/<uuid:file>/",
        application_views.application_file,
        name="application_file",
    ),
    path(
        "plans/<slug:slug>/adjustments/<int:pk>/files/<uuid:file>/remove/",
        application_views.application_detach,
        name="application_detach",
    ),
    path("plans/<slug:slug>/adjust/target/<int:order>/", views.adjust_target, name="adjust_target"),
    path("plans/<slug:slug>/adjust/<slug:ref>/duties/", views.adjust_duties, name="adjust_duties"),
    path("plans/<slug:slug>/adjust/<slug:ref>/content/", views.adjust_content, name="adjust_content"),
    path("plans/<slug:slug>/adjust/<slug:ref>/deadline/", views.adjust_deadline, name="adjust_deadline"),
    path(
        "plans/<slug:slug>/adjust/<slug:ref>/withdrawal/", views.adjust_withdrawal, name="adjust_withdrawal"
    ),
]
