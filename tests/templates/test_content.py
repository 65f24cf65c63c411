import pytest

from templates.content import PushContent, TextContent, field_names, from_json, to_json
from templates.errors import ContentError


@pytest.mark.parametrize(
    ("channel", "content"),
    [("app_push", PushContent("Hi", "There", "", "https://a.example/")), ("sms", TextContent("Hi"))],
)
def test_content_survives_being_stored(channel, content):
    assert from_json(channel, to_json(content)) == content


def test_a_field_left_out_is_empty():
    assert from_json("app_push", {"text": "Hi"}) == PushContent("", "Hi", "", "")


def test_fields_come_in_the_order_of_a_form():
    assert field_names("app_push") == ("logo", "subject", "text", "link")
    assert field_names("sms") == ("text",)


@pytest.mark.parametrize(
    ("channel", "stored", "sentence"),
    [
        ("fax", {}, "There is no channel “fax”."),
        ("sms", {"subject": "Hi"}, "A template of this channel has no field “subject”."),
        ("sms", {"text": 5}, "The field “text” must be text."),
    ],
)
def test_what_is_no_content_is_refused_with_a_sentence(channel, stored, sentence):
    with pytest.raises(ContentError) as refused:
        from_json(channel, stored)
    assert refused.value.message == sentence
