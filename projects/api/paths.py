"""Every path of the API. The url modules take theirs from here, so that one can be corrected in one place.

Only the path of SMS is public; the others are ours (design/API.md, section 2).
"""

from django.urls import register_converter


class AnyText:
    """One or more characters of any kind: slashes, line ends, percent signs; `path` stops at a line end."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnyText, "text")

OPENAPI = "v1/openapi.json"
DOCS = "v1/docs"

USERS = "v1/omnichannel/user/project/<int:project_id>"
USERS_BATCH = f"{USERS}/batch"
USER = f"{USERS}/client-user-id/<text:client_user_id>"

SEND_APP_PUSH = "v1/app-push/send/<str:category>"
SEND_SMS = "v1/sms/send/<str:category>"

TRACK_APP_PUSH_DELIVERY = "v1/app-push/track/delivery"
TRACK_APP_PUSH_CLICK = "v1/app-push/track/click"
