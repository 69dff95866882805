"""Addresses of adjustments, of reforms, and of what is kept of bodies over time."""

from django.urls import path

from tasks.adjusting import body_views, reform_views, views

urlpatterns = [
    path("plans/<slug:slug>/adjustments/", views.adjustment_list, name="adjustment_list"),
    path("plans/<slug:slug>/adjustments/<int:pk>/", views.adjustment, name="adjustment"),
    path("plans/<slug:slug>/adjustments/<int:pk>/decide/", views.adjustment_decide, name="adjustment_decide"),
    path("plans/<slug:slug>/adjust/target/<int:order>/", views.adjust_target, name="adjust_target"),
    path("plans/<slug:slug>/adjust/<slug:ref>/duties/", views.adjust_duties, name="adjust_duties"),
    path("plans/<slug:slug>/adjust/<slug:ref>/deadline/", views.adjust_deadline, name="adjust_deadline"),
    path(
        "plans/<slug:slug>/adjust/<slug:ref>/withdrawal/", views.adjust_withdrawal, name="adjust_withdrawal"
    ),
    path("plans/<slug:slug>/reforms/", reform_views.reform_list, name="reform_list"),
    path("plans/<slug:slug>/reforms/<str:on>/", reform_views.reform_page, name="reform"),
    path("desk/handover/", reform_views.handover, name="handover"),
    path("desk/handover/take/", reform_views.handover_take, name="handover_take"),
    path("bodies/new/", body_views.body_add, name="body_add"),
    path("bodies/<slug:slug>/", body_views.body, name="body"),
    path("bodies/<slug:slug>/name/", body_views.body_name, name="body_name"),
    path("bodies/<slug:slug>/lineage/", body_views.edge_add, name="edge_add"),
    path("lineage/<int:pk>/", body_views.edge, name="edge"),
]
