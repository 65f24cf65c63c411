from django.urls import path

from projects.api import paths
from transactional.api.views import SendAppPushView, SendEmailView, SendSmsView

urlpatterns = [
    path(paths.SEND_APP_PUSH, SendAppPushView.as_view(), name="send-app-push"),
    path(paths.SEND_EMAIL, SendEmailView.as_view(), name="send-email"),
    path(paths.SEND_SMS, SendSmsView.as_view(), name="send-sms"),
]
