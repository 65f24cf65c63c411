"""Every address of this installation. The API's own paths are one table an app: `<app>/api/urls.py`."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
