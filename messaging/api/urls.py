from django.urls import path

from messaging.api import email_era_views as era
from messaging.api.views import TrackClickView, TrackDeliveryView
from projects.api import paths

urlpatterns = [
    path(paths.TRACK_APP_PUSH_DELIVERY, TrackDeliveryView.as_view(), name="track-app-push-delivery"),
    path(paths.TRACK_APP_PUSH_CLICK, TrackClickView.as_view(), name="track-app-push-click"),
    path(paths.USER_BY_EMAIL, era.UserByEmailView.as_view(), name="user-by-email"),
    path(paths.USER_BY_ID, era.UserByIdView.as_view(), name="user-by-id"),
    path(paths.UNSUBTYPES_NODIFF, era.TypesNoDiffView.as_view(), name="unsubtypes-nodiff"),
    path(paths.UNSUBTYPES_ALL, era.TypesAllView.as_view(), name="unsubtypes-all"),
    path(paths.UNSUBTYPES, era.TypesView.as_view(), name="unsubtypes"),
    path(paths.TRACK_EMAIL_CLICK, era.TrackEmailClickView.as_view(), name="track-email-click"),
    path(paths.TRACK_EMAIL_CLICK_CLIENT, era.TrackEmailClickClientView.as_view(), name="track-email-click-client"),
]
