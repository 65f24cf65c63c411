"""E-mails: what becomes of the subject, the pre-header, the HTML and the text, and of what values hold."""

import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.content import EmailContent, PushContent
from templates.errors import RenderError, TemplateSyntaxError
from templates.joiner import joiner_of
from templates.limits import HTML_MEDIUM
from templates.liquid import parse
from templates.rendering import compile_content, problems
from templates.variables import CLOCK, Variables
from tests.templates.mails import Reader, body, email, rendered, variables
from tests.templates.test_joiner import DATA, NAMES, PIECES, outcome

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


def test_an_email_is_rendered_field_by_field():
    content = email(
        "<html><body><p>Dear {{ user.name }}</p></body></html>",
        subject="For {{ user.name }}",
        text="Dear {{ user.name }}, {{ code }}",
    )
    assert rendered(content, name="Ann & Eve").content == EmailContent(
        "For Ann & Eve",
        "",
        "<!DOCTYPE html>\n<html><body><p>Dear Ann &amp; Eve</p></body></html>".removeprefix("<!DOCTYPE html>\n"),
        "Dear Ann & Eve,",
    )
    assert rendered(content, name="Ann").missing == ("code",)


@pytest.mark.parametrize(
    ("source", "whole"),
    [
        (
            "<p>Hi</p>",
            '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
            'initial-scale=1"></head>\n<body><p>Hi</p></body>\n</html>',
        ),
        ("<html><p>Hi</p></html>", "<html><body><p>Hi</p></body></html>"),
        ("<html><head></head><p>Hi", "<html><head></head><body><p>Hi</body>\n</html>"),
        ("<!doctype html><body>Hi</body>", "<!DOCTYPE html>\n<html>\n<body>Hi</body>\n</html>"),
        ("<!doctype html><html><body>Hi</body></html>", "<!doctype html><html><body>Hi</body></html>"),
    ],
)
def test_a_document_that_is_not_whole_is_completed(source, whole):
    assert rendered(email(source)).content.html == whole


def test_the_preheader_is_the_first_thing_in_the_body_and_hidden():
    content = email("<html><body class=x><h1>Sale</h1></body></html>", preheader='Only "today" & <b>, {{ user.name }}')
    html = rendered(content, name="<i>").content.html
    assert html.startswith('<html><body class=x><div style="display:none;')
    assert html.partition('mso-hide:all">')[2].startswith(
        "Only &quot;today&quot; &amp; &lt;b&gt;, &lt;i&gt;&#847;&zwnj;&nbsp;&#847;"
    )
    assert html.endswith("&#847;&zwnj;&nbsp;</div><h1>Sale</h1></body></html>")
    assert rendered(content, name="<i>").content.preheader == 'Only "today" & <b>, <i>'
    assert rendered(content, name="<i>").content.text == "Sale"


def test_without_a_preheader_nothing_is_put_in():
    assert "<div" not in rendered(email("<p>Hi", preheader="  ")).content.html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<p>{{ x }}</p>", "<p>&lt;b&gt; &amp; &quot;q&quot; &#x27;a&#x27;</p>"),
        ("<p>{{ x | escape }}</p>", "<p>&lt;b&gt; &amp; &quot;q&quot; &#x27;a&#x27;</p>"),
        ("<p>{{ x | escape | upcase }}</p>", "<p>&lt;B&gt; &amp; &quot;Q&quot; &#x27;A&#x27;</p>"),
        ("{% assign y = x | escape %}<p>{{ y | truncate: 6 }}</p>", "<p>&lt;b&gt;...</p>"),
        ("<p>{{ none | default: '<i>' }}</p>", "<p>&lt;i&gt;</p>"),
        ("{% for i in list %}{{ i }}{% endfor %}{{ list }}", "&lt;1&amp;&lt;1&amp;"),
        ("{{ map }}", "{&#x27;&lt;k&gt;&#x27;: &#x27;&lt;v&gt;&#x27;}"),
        ("{{ n }}{{ yes }}", "1.5true"),
        ("{% raw %}<b>{{ x }}</b>{% endraw %}{% comment %}<i>{{ x }}{% endcomment %}", "<b>{{ x }}</b>"),
        ("a\x02b{{ control }}c", "abd\te\nc"),
    ],
)
def test_what_values_hold_is_text_in_html(source, html):
    data = {
        "x": "<b> & \"q\" 'a'",
        "list": ["<1", "&"],
        "map": {"<k>": "<v>"},
        "n": 1.5,
        "yes": True,
        "control": "\x02\x1bd\te\n\x7f\x03",
    }
    assert body(source, data) == html


def test_the_other_fields_are_text_and_not_escaped():
    content = rendered(email("<p>x", subject="{{ x }}", preheader="{{ x }}", text="{{ x }}"), {"x": "<b>&"}).content
    assert (content.subject, content.preheader, content.text) == ("<b>&",) * 3


@pytest.mark.parametrize("line", ["a\nb", "a\r\nBcc: x@y.example", "a\u2028b\x00", " \x1fa\tb "])
def test_a_subject_is_one_line_whatever_it_is_made_of(line):
    content = rendered(email(subject="{{ x }}", preheader=line), {"x": line}).content
    assert content.subject == content.preheader == " ".join(line.replace("\x00", "").split())
    assert content.subject.isprintable()


def test_an_email_may_have_text_alone():
    assert rendered(email("", text="Hi {{ user.name }}"), name="Ann").content == EmailContent("Hi", "", "", "Hi Ann")


@pytest.mark.parametrize(
    ("content", "data", "field", "reason"),
    [
        (email(subject="{{ x }}"), {}, "subject", "Subject: nothing is left for this person."),
        (email(subject="{{ x }}"), {"x": "s" * 999}, "subject", "Subject has 999 characters; 998 is the most."),
        (email("", text="{{ x }}"), {}, "html", "Nothing is left to say to this person."),
        (email("{{ x }}"), {"x": "&" * 200_000}, "html", "The text would be longer than 512 kB."),
        (email("{% if x %}{{ x }}{% endif %}"), {"x": "y" * 600_000}, "html", "The text would be longer than 512 kB."),
    ],
)
def test_what_could_not_be_sent_fails_with_a_reason(content, data, field, reason):
    with pytest.raises(RenderError) as failed:
        rendered(content, data)
    assert (failed.value.field, failed.value.reason) == (field, reason)


def test_html_may_become_longer_than_other_fields():
    assert len(rendered(email("{{ x }}{{ x }}"), {"x": "y" * 200_000}).content.html) > 400_000


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ('<a href="{{ x }}">', "javascript:alert(1)"),
        ('<a href="{{ x }}">', " \t\njAvA\nscRipt:alert(1)"),
        ("<a href='{{ x }}'>", "data:text/html,<script>"),
        ('<a href="{{ a }}{{ x }}">', "vbscript:x"),
        ('<a href="{{ half }}{{ x }}">', "script:alert(1)"),
        ('<a href="java{{ x }}">', "script:alert(1)"),
        ('<a href="&#106;ava{{ x }}">', "script:alert(1)"),
        ('<a href="java&#{{ n }};cript:alert(1)">', ""),
        ('<a href="{% if a %}https://a.example/{% else %}{{ x }}{% endif %}">', "javascript:alert(1)"),
        ('<img src=" {{ x }}">', "javascript:alert(1)"),
        ('<td background="{{ x }}">', "javascript:alert(1)"),
        ('{% for i in (1..2) %}<a href="{{ x }}">{% endfor %}', "javascript:alert(1)"),
    ],
)
def test_a_link_that_a_value_turns_into_a_script_is_emptied(source, link):
    assert set(Reader(body(source, {"x": link, "half": "java", "n": "115"})).values) == {""}


@pytest.mark.parametrize(
    "link", ["https://a.example/?q=1&r=2", "mailto:a@b.example", "shop://cart/5", "/path", "#top", "javascripts", "a:b"]
)
def test_other_links_stay_as_they_are(link):
    assert Reader(body('<a href="{{ x }}">', {"x": link})).values == [link]


def test_words_that_look_like_scripts_are_left_alone():
    assert body("<p>{{ x }}</p><a href='https://a.example/{{ x }}'>", {"x": "javascript:x"}) == (
        "<p>javascript:x</p><a href='https://a.example/javascript:x'>"
    )


def test_a_block_that_cuts_through_a_link_leaves_no_marks():
    source = '{% if x %}<a href="{{ x }}{% endif %}" title="{{ y }}">'
    assert body(source, {"y": "1"}) == '" title="1">'
    assert body(source, {"x": "/1"}) == '<a href="/1" title="">'


@given(TEXTS, TEXTS)
def test_no_value_changes_what_a_mail_is_made_of(one, two):
    source = (
        "<title>{{ a }}</title><style>p{color:{{ a }}}</style><!-- {{ a }} --><p class='{{ a }}' id=\"{{ b }}\" "
        "style='color:{{ a }}'>{{ a }}{{ b | upcase }}</p>"
        '<a href="{{ a }}{{ b }}">{% if a %}<b>{{ b }}</b>{% endif %}</a>'
    )
    content = email(source, preheader="{{ b }}")
    plain = Reader(rendered(content, {"a": "x", "b": "y"}).content.html)
    made = Reader(rendered(content, {"a": one or "x", "b": two}).content.html)
    assert made.shape == plain.shape


@given(st.lists(st.one_of(TEXTS.map(lambda text: text.replace("{", "")), NAMES.map("{{{{ {} }}}}".format))), DATA, DATA)
def test_the_joiner_escapes_as_liquid_does(pieces, user, data):
    program = parse("".join(pieces), medium=HTML_MEDIUM)
    joiner = joiner_of(program.nodes, medium=HTML_MEDIUM)
    assert joiner is not None
    values = variables(data, **user)
    assert outcome(joiner, values) == outcome(program, values)


READING = st.sampled_from(
    [
        "{{ a }}",
        "{{ user.a }}",
        "{{ user['a b'] }}",
        "{{ user | size }}",
        "{{ user.size }}{{ user.first }}",
        "{{ user }}",
        "{{ user[b] }}",
        "{{ [b] }}",
        "{% for i in user %}{{ i[0] }}{% endfor %}",
        "{% for i in a %}{{ i.b }}{{ forloop.index }}{{ b }}{% endfor %}",
        "{% assign a = b %}{{ a.b }}",
        "{% if user.b == a %}1{% elsif user contains 'a' %}2{% endif %}",
        "{{ a.first.b }}{{ a[0] }}{{ a[user.a] }}",
        "{{ 'now' | date: '%Y-%m-%d %H:%M:%S' }}{{ a | date: '%s' }}",
        "{{ project.sender_name }}{{ unsubscribeLink }}",
        "<p>",
    ]
)


@given(st.lists(READING, max_size=4), st.lists(READING, max_size=3), PIECES, DATA, DATA)
def test_what_was_used_is_enough_to_render_the_same_again(html, text, subject, user, data):
    try:
        compiled = compile_content(email("".join(html), subject="".join(subject), text="".join(text)))
    except TemplateSyntaxError:  # some of the joined pieces begin a tag together
        return
    values = variables(data, **user)
    kept = cast(Variables, json.loads(json.dumps(compiled.used(values))))
    assert set(kept) <= set(values)
    assert outcome_of(compiled.render, kept) == outcome_of(compiled.render, values)


def outcome_of(render, values):
    try:
        return render(values)
    except RenderError as error:
        return error.reason


def test_only_what_is_read_is_kept():
    content = PushContent("{{ user.name }}", "{{ items.first.price }}{{ user.plan }}", "", "{{ project_url }}")
    values = variables({"items": [{"price": 5}], "other": "x" * 1000}, name="Ann", plan=None, city="Kyiv")
    assert compile_content(content).used(values) == {
        "user": {"name": "Ann"},
        "items": [{"price": 5}],
        "project_url": "",
    }


def test_a_person_read_as_a_whole_is_kept_as_a_whole():
    content = email("{{ user.name }}{% for field in user %}{{ field[0] }}{% endfor %}")
    assert compile_content(content).used(variables(name="Ann", city="Kyiv")) == {
        "user": {"name": "Ann", "city": "Kyiv"}
    }


def test_now_is_the_time_a_message_was_made_also_when_it_is_rendered_again():
    compiled = compile_content(email("{{ 'now' | date: '%Y' }}"))
    kept = compiled.used(Variables({**variables(), CLOCK: 86_400 * 366}))
    assert kept == {CLOCK: 86_400 * 366}
    assert "<body>1971</body>" in compiled.render(Variables(kept)).content.html
    assert compiled.variables == frozenset()


def test_mistakes_are_told_by_the_line_that_was_typed():
    content = email("<style>p{color:red}</style>\n<p>\n{{ x | append: 'y' }}", preheader="{% if %}")
    assert problems(content)["html"].startswith("Line 3: There is no filter “append”.")
    assert list(problems(content)) == ["preheader", "html"]


def test_twig_in_html_is_told_in_liquid():
    assert problems(email("<p>{{ user.name|default('you') }}</p>")) == {
        "html": "Line 1: Liquid writes a filter's values after a colon. In Liquid: {{ user.name | default: 'you' }}"
    }


def test_an_email_without_tags_is_static():
    compiled = compile_content(email("<p>Hi</p>"))
    assert (compiled.is_static, compiled.used(variables())) == (True, {})
    assert compiled.render(variables()).content.text == "Hi"
