"""Every address of this installation. The API's own paths are one table an app: `<app>/api/urls.py`."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("", include("sendios.api.urls")),
    path("", include("messaging.pages.urls")),
]
