"""The only address of benchmarks/bare_view.py."""

from django.db import connection, transaction
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

UPSERT = """
INSERT INTO users_omnichanneluser (project_id, client_user_id, name, gender, language, country, platform_id, vip,
                                   photo, ak, time_zone, fields)
VALUES (%s, %s, 'bare', '', '', '', 0, false, '', '', '', '{}')
ON CONFLICT (project_id, client_user_id) DO UPDATE SET name = EXCLUDED.name RETURNING id
"""
INSERT = """
INSERT INTO messaging_message (project_id, mailing_id, user_id, channel, category, state, reason, provider_id,
                               request_id, attempts)
SELECT project_id, id, %s, 'app_push', 'system', 'cancelled', '', '', '', 0
FROM messaging_mailing WHERE type_id = %s RETURNING id
"""


class Bare(APIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def post(self, request: Request) -> Response:
        body = request.data
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(UPSERT, [body["project_id"], "bare-" + body["client_user_id"]])
            cursor.execute(INSERT, [cursor.fetchone()[0], body["type_id"]])
            return Response({"queued": True, "push_id": cursor.fetchone()[0]})


urlpatterns = [path("v1/app-push/send/system", Bare.as_view())]
