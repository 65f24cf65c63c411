"""Every path of the API. The url modules take theirs from here, so that one can be corrected in one place.

Of the omnichannel ones only the path of SMS is public; the others are ours (design/API.md, section 2). The paths of the
e-mail era are Sendios' own (facts, section 2B).
"""

from django.urls import register_converter

from projects.api.email_paths import EmailInPath


class AnyText:
    """One or more characters of any kind: slashes, line ends, percent signs; `path` stops at a line end."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnyText, "text")
register_converter(EmailInPath, "email")

OPENAPI = "v1/openapi.json"
DOCS = "v1/docs"

USERS = "v1/omnichannel/user/project/<int:project_id>"
USERS_BATCH = f"{USERS}/batch"
USER = f"{USERS}/client-user-id/<text:client_user_id>"

SEND_APP_PUSH = "v1/app-push/send/<str:category>"
SEND_SMS = "v1/sms/send/<str:category>"

SEND_EMAIL = "v1/push/<str:category>"

TRACK_APP_PUSH_DELIVERY = "v1/app-push/track/delivery"
TRACK_APP_PUSH_CLICK = "v1/app-push/track/click"

USERFIELDS = "v1/userfields/user/<int:user_id>"
USERFIELDS_BY_EMAIL = "v1/userfields/project/<int:project_id>/email/<email:email>"
USERFIELDS_BY_EMAIL_HASH = "v1/userfields/project/<int:project_id>/emailhash/<email:email>"
USER_ERASE = "v1/user/erase"
CLIENT_USER = "v1/clientuser/create"

USER_ONLINE = "v3/users/<int:user_id>/online"
USER_ONLINE_BY_EMAIL = "v3/users/project/<int:project_id>/email/<email:email>/online"
USER_CONFIRM_BY_EMAIL = "v3/users/project/<int:project_id>/email/<email:email>/confirm"

LAST_PAYMENT = "v1/lastpayment"
BUYING = "v1/buying/email"
PRODUCT_EVENTS = "v1/product-event/create"
GOALS = "v1/goals"
GOALS_CREATE = "v3/goals/create"

UNSUB_BY_SOURCE = "v1/unsub/<int:user_id>/source/<int:source_id>"
UNSUB = "v1/unsub/<int:user_id>"
UNSUB_BY_ADMIN = "v1/unsub/admin/<int:project_id>/email/<email:email>"
IS_UNSUB = "v1/unsub/isunsub/<int:user_id>"
UNSUB_REASON = "v1/unsub/unsubreason/<int:user_id>"
UNSUB_LIST = "v1/unsub/list/<int:since>"
UNSUB_LIST_PAGE = "v1/unsub/list/<int:since>/<int:page>"

EMAIL_CHECK = "v1/email/check"
EMAIL_CHECK_SEND = "v1/email/check/send"

USER_BY_EMAIL = "v1/user/project/<int:project_id>/email/<email:email>"
USER_BY_ID = "v1/user/id/<int:user_id>"
UNSUBTYPES = "v1/unsubtypes/<int:user_id>"
UNSUBTYPES_NODIFF = "v1/unsubtypes/nodiff/<int:user_id>"
UNSUBTYPES_ALL = "v1/unsubtypes/all/<int:user_id>"

TRACK_EMAIL_CLICK = "v1/trackemail/click/<int:mail_id>"
TRACK_EMAIL_CLICK_CLIENT = "v3/track/mail/click/client"
