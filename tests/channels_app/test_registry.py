"""Every provider in the registry keeps the contract."""

import pytest

from channels_app.contract import CredentialError, CredentialField
from channels_app.registry import PROVIDERS, get_provider, providers_for


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_is_called_what_the_registry_calls_it(name: str) -> None:
    provider = get_provider(name)
    assert provider.name == name
    assert provider is get_provider(name)
    assert provider in providers_for(provider.channel)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_asks_for_credentials_and_misses_them_in_a_sentence(name: str) -> None:
    provider = get_provider(name)
    assert {type(field) for field in provider.fields} == {CredentialField}
    with pytest.raises(CredentialError) as told:
        provider.clean({})
    assert told.value.sentence == f"{provider.fields[0].label} is required."


def test_channels_have_their_providers() -> None:
    names = {channel: [each.name for each in providers_for(channel)] for channel in ("app_push", "sms", "fax")}
    assert names == {"app_push": ["fcm", "apns"], "sms": ["vonage"], "fax": []}


def test_an_unknown_provider_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        get_provider("pigeon")
