from django.urls import path

from messaging.pages.links import follow, show_pixel
from messaging.pages.subscriptions import show_subscriptions

urlpatterns = [
    path("t/<str:token>", follow, name="follow-link"),
    path("o/<str:token>.gif", show_pixel, name="open-pixel"),
    path("u/<str:token>", show_subscriptions, name="subscriptions"),
]
