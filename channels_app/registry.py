"""The providers there are. A new one is one line here and one folder beside: ADDING_PROVIDERS.md."""

from functools import cache
from importlib import import_module
from typing import cast

from channels_app.contract import Provider

PROVIDERS: dict[str, str] = {
    "fcm": "channels_app.app_push.fcm.provider.Fcm",
    "apns": "channels_app.app_push.apns.provider.Apns",
    "vonage": "channels_app.sms.vonage.provider.Vonage",
    "smtp": "channels_app.email.smtp.provider.Smtp",
}


@cache
def get_provider(name: str) -> Provider:
    """The provider of that name. Raises KeyError for a name that isn't in PROVIDERS."""
    module, _, attribute = PROVIDERS[name].rpartition(".")
    return cast(Provider, getattr(import_module(module), attribute)())


def providers_for(channel: str) -> list[Provider]:
    """All providers of a channel ("app_push", "sms", "email"), in the registry's order."""
    return [each for each in map(get_provider, PROVIDERS) if each.channel == channel]
