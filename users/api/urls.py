from django.urls import path

from projects.api import paths
from users.api import email_check, online, product_data, unsub, userfields
from users.api.views import UsersBatchView, UsersView, UserView

urlpatterns = [
    path(paths.USERS, UsersView.as_view(), name="api-users"),
    path(paths.USERS_BATCH, UsersBatchView.as_view(), name="api-users-batch"),
    path(paths.USER, UserView.as_view(), name="api-user"),
    path(paths.USERFIELDS, userfields.UserfieldsView.as_view(), name="userfields"),
    path(paths.USERFIELDS_BY_EMAIL_HASH, userfields.UserfieldsByEmailHashView.as_view(), name="userfields-emailhash"),
    path(paths.USERFIELDS_BY_EMAIL, userfields.UserfieldsByEmailView.as_view(), name="userfields-email"),
    path(paths.USER_ERASE, userfields.EraseView.as_view(), name="user-erase"),
    path(paths.CLIENT_USER, userfields.ClientUserView.as_view(), name="client-user"),
    path(paths.USER_ONLINE, online.OnlineView.as_view(), name="user-online"),
    path(paths.USER_ONLINE_BY_EMAIL, online.OnlineByEmailView.as_view(), name="user-online-email"),
    path(paths.USER_CONFIRM_BY_EMAIL, online.ConfirmByEmailView.as_view(), name="user-confirm-email"),
    path(paths.LAST_PAYMENT, product_data.LastPaymentView.as_view(), name="last-payment"),
    path(paths.BUYING, product_data.BuyingView.as_view(), name="buying-email"),
    path(paths.PRODUCT_EVENTS, product_data.ProductEventsView.as_view(), name="product-events"),
    path(paths.GOALS, product_data.GoalsView.as_view(), name="goals"),
    path(paths.GOALS_CREATE, product_data.GoalsCreateView.as_view(), name="goals-create"),
    path(paths.UNSUB_BY_SOURCE, unsub.UnsubBySourceView.as_view(), name="unsub-source"),
    path(paths.UNSUB, unsub.UnsubView.as_view(), name="unsub"),
    path(paths.UNSUB_BY_ADMIN, unsub.UnsubByAdminView.as_view(), name="unsub-admin"),
    path(paths.IS_UNSUB, unsub.IsUnsubView.as_view(), name="is-unsub"),
    path(paths.UNSUB_REASON, unsub.UnsubReasonView.as_view(), name="unsub-reason"),
    path(paths.UNSUB_LIST, unsub.UnsubListView.as_view(), name="unsub-list"),
    path(paths.UNSUB_LIST_PAGE, unsub.UnsubListPageView.as_view(), name="unsub-list-page"),
    path(paths.EMAIL_CHECK, email_check.EmailCheckView.as_view(), name="email-check"),
    path(paths.EMAIL_CHECK_SEND, email_check.EmailCheckSendView.as_view(), name="email-check-send"),
]
