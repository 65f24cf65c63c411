"""What a mail program would drop is told before a template is saved."""

import pytest

from templates.email_html import markup_of
from templates.email_problems import html_hints
from templates.rendering import problems
from tests.templates.mails import email

QUOTES = 'a variable inside a tag must be in a quoted value, as in name="…".'


@pytest.mark.parametrize(
    ("html", "sentence"),
    [
        (
            "<p>\n<script>x</script>",
            "Line 2: Scripts don't run in mails, and many mail programs refuse mails that have one: take <script> out.",
        ),
        (
            "<FORM action=x>",
            "Line 1: Forms don't work in most mail programs: link to a page with the form instead of <form>.",
        ),
        ("<iframe src=https://x>", "Line 1: Mail programs show no other pages inside a mail: take <iframe> out."),
        ("<object data=x>", "Line 1: Mail programs show no embedded objects: take <object> out."),
        ("<base href=https://x>", "Line 1: Mail programs know no <base>: write every link as a whole address."),
        (
            '<meta http-equiv="Refresh" content="0;url=x">',
            "Line 1: Mail programs don't lead on to other pages: take <meta http-equiv=refresh> out.",
        ),
        ("<p\nOnClick='x'>", "Line 1: Mail programs run no onclick: take it out."),
        ("<img/onerror=x>", "Line 1: Mail programs run no onerror: take it out."),
        ("<a {% if x %}onfocus=x{% endif %}>", "Line 1: Mail programs run no onfocus: take it out."),
        ("<a href='javascript:x'>", "Line 1: Mail programs don't follow javascript: addresses: link to a page."),
        (
            "<a href=' jAva&#10;Script&colon;x'>",
            "Line 1: Mail programs don't follow javascript: addresses: link to a page.",
        ),
        ("<a href='javascript:{{ x }}'>", "Line 1: Mail programs don't follow javascript: addresses: link to a page."),
        ("<a href='data:text/html,x'>", "Line 1: Mail programs don't follow data: addresses: link to a page."),
        ("<svg><a xlink:href='vbscript:x'>", "Line 1: Mail programs don't follow vbscript: addresses: link to a page."),
        ("<a href={{ link }}>", f"Line 1: Put quotes around {{{{ link }}}}: {QUOTES}"),
        ("<p {{ attributes }}>", f"Line 1: Put quotes around {{{{ attributes }}}}: {QUOTES}"),
        ("<p data-{{ x }}='1'>", f"Line 1: Put quotes around {{{{ x }}}}: {QUOTES}"),
        ("<h{{ n }}>", "Line 1: A variable can't be the name of an element."),
    ],
)
def test_what_does_not_work_in_mails_is_told_with_its_line(html, sentence):
    assert problems(email(html)) == {"html": sentence}


@pytest.mark.parametrize(
    "html",
    [
        "<a href='{{ link }}'>",
        "<a href='mailto:a@b.example'>",
        "<img src='data:image/png;base64,x' alt=''>",
        "<p {% if x %}class='a'{% endif %} once='x' on='y'>",
        "<!-- <script> --><p title='<script>'>&lt;script&gt;{{ '<script>' }}",
        "<button type=button>x</button>",
    ],
)
def test_what_works_is_no_problem(html):
    assert problems(email(html)) == {}


def test_several_problems_are_told_once_each_and_five_at_most():
    html = "<script></script><script></script><form><iframe></iframe><object><base><embed>"
    assert problems(email(html))["html"].count("Line 1: ") == 5


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            email("", subject=" "),
            {"html": "Write the HTML, the plain text, or both.", "subject": "Subject can't be empty."},
        ),
        (email("x", subject="s" * 999), {"subject": "Subject has 999 characters; 998 is the most."}),
        (email("x", preheader="p" * 501), {"preheader": "Pre-header has 501 characters; 500 is the most."}),
        (email("x" * 262_145), {"html": "HTML has 262145 characters; 262144 is the most."}),
        (email("", text="{{ x"), {"text": "Line 1: “{{” has no “}}”."}),
        (email("", text="x" * 262_145), {"text": "Line 1: The text is longer than 262144 characters."}),
        (email("{% if x %}"), {"html": "Line 1: “{% if x %}” has no “{% endif %}”."}),
        (email("<p>" * 5001), {"html": "Line 1: There are more than 5000 elements."}),
        (email("x", preheader="{% else %}"), {"preheader": "Line 1: “{% else %}” doesn't belong here."}),
    ],
)
def test_problems_stand_beside_their_fields(content, found):
    assert problems(content) == found


def test_what_works_only_in_some_programs_is_a_hint():
    html = (
        '<link rel="stylesheet" href="https://x/y.css">\n<img src="data:image/png;base64,x" alt="">\n<img src="x.png">'
    )
    assert problems(email(html)) == {}
    assert html_hints(markup_of(email(html))) == [
        "Line 1: Style sheets elsewhere aren't loaded: put the rules into <style>.",
        "Line 2: Gmail and Outlook show no pictures in data: addresses: link to them.",
        "Line 3: A picture without alt says nothing where pictures are off.",
    ]


def test_fields_that_are_too_much_together_are_told_before_they_are_saved():
    tags = "<html><body>" + "{{ x }}" * 1000
    assert problems(email(tags)) == {}
    assert problems(email(tags, preheader="{{ x }}")) == {"html": "Line 1: There are more than 1000 tags."}
