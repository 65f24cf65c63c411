from django.urls import path

from projects.api import paths
from users.api.views import UsersBatchView, UsersView, UserView

urlpatterns = [
    path(paths.USERS, UsersView.as_view(), name="api-users"),
    path(paths.USERS_BATCH, UsersBatchView.as_view(), name="api-users-batch"),
    path(paths.USER, UserView.as_view(), name="api-user"),
]
