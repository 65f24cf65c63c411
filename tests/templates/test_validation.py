import pytest

from templates.content import PushContent, TextContent
from templates.validation import validate


def push(**changed: str) -> PushContent:
    return PushContent(**{"subject": "Hi", "text": "There", "logo": "", "link": "", **changed})


@pytest.mark.parametrize("link", ["", "https://a.example/x?y=1", "shop://cart/5", "mailto:a@b.example", "{{ link }}"])
def test_web_addresses_deep_links_and_variables_are_links(link):
    assert validate(push(link=link)) == {}


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("javascript:alert(1)", "Link can't begin with javascript:."),
        ("  JaVaScRiPt:alert(1)", "Link can't begin with javascript:."),
        ("java\nscript:alert(1)", "Link can't contain spaces or line breaks."),
        ("data:text/html,x", "Link can't begin with data:."),
        ("www.example.com", "Link must be a whole address, such as https://example.com/."),
        ("https://", "Link names no host."),
        ("https://[::1/", "Link names no host."),
        ("https://a.example/a b", "Link can't contain spaces or line breaks."),
    ],
)
def test_other_links_are_refused(link, sentence):
    assert validate(push(link=link)) == {"link": sentence}


@pytest.mark.parametrize("logo", ["https://a.example/l.png", "{{ user.photo }}", "https://a.example/{{ user.ak }}.png"])
def test_a_logo_may_hold_variables(logo):
    assert validate(push(logo=logo)) == {}


def test_a_logo_is_a_web_address():
    assert validate(push(logo="shop://l.png")) == {"logo": "Logo must begin with http:// or https://."}


def test_a_push_needs_a_subject_and_a_text():
    assert validate(push(subject=" \n", text="")) == {
        "subject": "Subject can't be empty.",
        "text": "Message text can't be empty.",
    }


def test_lengths_count_after_trimming():
    assert validate(push(subject=" " + "s" * 255 + " ", text="t" * 4000)) == {}
    assert validate(push(subject="s" * 256, text="t" * 4001)) == {
        "subject": "Subject has 256 characters; 255 is the most.",
        "text": "Message text has 4001 characters; 4000 is the most.",
    }


def test_an_sms_holds_1600_characters():
    assert validate(TextContent("t" * 1600)) == {}
    assert validate(TextContent("t" * 1601)) == {"text": "Message text has 1601 characters; 1600 is the most."}
    assert validate(TextContent(" ")) == {"text": "Message text can't be empty."}
