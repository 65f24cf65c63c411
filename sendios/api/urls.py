"""The API as a whole: each app's endpoints, the document and the docs."""

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from projects.api import paths
from sendios.api.docs import ApiDocs

urlpatterns = [
    path("", include("users.api.urls")),
    path("", include("messaging.api.urls")),
    path("", include("transactional.api.urls")),
    path("", include("messaging.api.receipt_urls")),
    path(paths.OPENAPI, SpectacularJSONAPIView.as_view(throttle_classes=()), name="openapi"),
    path(paths.DOCS, ApiDocs.as_view(url_name="openapi"), name="api-docs"),
]
