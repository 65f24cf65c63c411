from django.urls import path

from messaging.api.views import TrackClickView, TrackDeliveryView
from projects.api import paths

urlpatterns = [
    path(paths.TRACK_APP_PUSH_DELIVERY, TrackDeliveryView.as_view(), name="track-app-push-delivery"),
    path(paths.TRACK_APP_PUSH_CLICK, TrackClickView.as_view(), name="track-app-push-click"),
]
