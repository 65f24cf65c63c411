import pytest

from templates.content import PushContent, TextContent
from templates.errors import RenderError, TemplateSyntaxError
from templates.rendering import Rendered, compile_content, problems, render_many
from templates.variables import build_context


def variables(data: dict[str, object] | None = None, **user: object):
    return build_context(user, {"sender_name": "Shop"}, data or {})


def sms(source: str, data: dict[str, object] | None = None, **user: object) -> str:
    rendered = compile_content(TextContent(source)).render(variables(data, **user))
    return rendered.content.text


def test_a_push_is_rendered_field_by_field():
    content = PushContent(
        subject="Hi {{ user.name }}",
        text="{% if vip %}Dear{% else %}Hello{% endif %} {{ user.name | upcase }}",
        logo="{{ user.photo }}",
        link="https://a.example/?q={{ user.name }}",
    )
    compiled = compile_content(content)
    assert compiled.variables == {"user.name", "vip", "user.photo"}
    assert not compiled.is_static
    assert compiled.render(variables(name="Ann Lee")) == Rendered(
        PushContent("Hi Ann Lee", "Hello ANN LEE", "", "https://a.example/?q=Ann%20Lee"), ("user.photo",)
    )


def test_content_without_tags_is_static():
    compiled = compile_content(TextContent("50 % off {today}"))
    assert (compiled.is_static, compiled.variables) == (True, frozenset())
    assert compiled.render(variables()) == Rendered(TextContent("50 % off {today}"), ())


@pytest.mark.parametrize(
    ("source", "text", "missing"),
    [
        ("a{{ x }}b", "ab", ("x",)),
        ("a{{ user.city }}{{ x }}{{ x }}b", "ab", ("user.city", "x")),
        ("a{{ x | upcase }}b", "ab", ("x",)),
        ("a{{ x | default: 'y' }}b", "ayb", ()),
        ("a{% if x %}c{% endif %}b", "ab", ()),
        ("a{% for i in x %}c{% endfor %}b", "ab", ("x",)),
        ("a{% for i in x %}c{% else %}d{% endfor %}b", "adb", ()),
        ("a{% for i in items %}{{ i.price }}{% endfor %}b", "a5b", ("i.price",)),
        ("a{% assign y = 1 %}{{ y }}b", "a1b", ()),
        ("a{{ now }}b", "ab", ("now",)),
    ],
)
def test_what_is_missing_is_empty_and_told(source, text, missing):
    rendered = compile_content(TextContent(source)).render(variables({"items": [{"price": 5}, {"price": None}]}))
    assert (rendered.content.text, rendered.missing) == (text, missing)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ user.name }} & <b>", "Ann & <b>"),
        ("{{ list.1.age }}", "7"),
        ("{{ list[1].age }}", "7"),
        ("{{ list.size }}{{ list.first.age }}{{ list.last.age }}", "267"),
        ("{{ yes }} {{ ratio }} {{ letters }}", "true 1.5 abc"),
        ("{{ letters | join: '-' }} {{ letters | first }}{{ letters | last }}", "a-b-c ac"),
        (
            "{{ 7 | divided_by: 2 }} {{ 1.25 | times: 2 }} {{ 1.256 | round: 2 }} {{ 1 | plus: 2 | minus: 4 }}",
            "3 2.5 1.26 -1",
        ),
        ("{{ 'ß x ' | upcase | strip | capitalize | downcase }}", "ss x"),
        ("{{ 'a<b' | escape }} {{ 'abcdef' | truncate: 4 }} {{ 'abc' | slice: 1, 2 }}", "a&lt;b a... bc"),
        ("{{ '2026-03-05' | date: '%d.%m.%Y' }}", "05.03.2026"),
        ("{% case user.name %}{% when 'Ann', 'Eve' %}1{% else %}2{% endcase %}", "1"),
        ("{% unless yes %}1{% elsif ratio > 1 %}2{% endunless %}", "2"),
        (
            "{% for i in (1..4) %}{% if i == 2 %}{% continue %}{% elsif i > 3 %}{%break%}{%endif%}{{ i }}{% endfor %}",
            "13",
        ),
        ("{% for l in list reversed limit: 1 %}{{ forloop.index }}{{ l.age }}{% endfor %}", "16"),
        ("{% for pair in map %}{{ pair[0] }}={{ pair[1] }}{% endfor %}", "k=v"),
        ("{% comment %}{{ x }}{% endcomment %}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("a\r\n{{ user.name }}\r\nb", "a\r\nAnn\r\nb"),
        ("a \n{%- if yes -%} b {%- endif %}", "ab"),
        ("{{ user['name'] }}{{ user[key] }}", "AnnAnn"),
        ("{{ project.sender_name }}{{ project_url }}{{ unsubscribeLink }}", "Shop"),
    ],
)
def test_the_language(source, text):
    data = {
        "list": [{"age": 6}, {"age": 7}],
        "yes": True,
        "ratio": 1.5,
        "letters": ["a", "b", "c"],
        "map": {"k": "v"},
        "key": "name",
    }
    assert sms(source, data, name="Ann") == text


@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        ("a\n{% if x %}", 2, "“{% if x %}” has no “{% endif %}”."),
        ("{% if x %}\n{% endfor %}", 2, "“{% endfor %}” stands where “{% endif %}” was expected."),
        ("{% endif %}", 1, "“{% endif %}” ends nothing."),
        ("a\n\n{{ x", 3, "“{{” has no “}}”."),
        ("{{ }}", 1, "“{{ }}” is no tag: a name is missing."),
        ("{% raw %}", 1, "“{% raw %}” has no “{% endraw %}”."),
        (
            "{% render 'x' %}",
            1,
            "There is no tag “render”. The tags are if, unless, case, for, assign, comment and raw.",
        ),
        ("{% else %}", 1, "“{% else %}” doesn't belong here."),
        ("\n{% break %}", 2, "“{% break %}” doesn't belong here."),
        (
            "{{ 'a' | truncate: 1, 'b', 2 }}",
            1,
            "The filter “truncate” is given too few or too many values: it takes 0 to 2.",
        ),
        (
            "{{ 'a' | escape: environment: user }}",
            1,
            "The filter “escape” is given too few or too many values: it takes none.",
        ),
        ("{{ a.. }}", 1, "This can't be read: expected end of expression, found '..'."),
    ],
)
def test_a_syntax_error_names_field_line_and_what_is_wrong(source, line, sentence):
    with pytest.raises(TemplateSyntaxError) as refused:
        compile_content(TextContent(source))
    assert (refused.value.field, refused.value.line) == ("text", line)
    assert refused.value.sentence == sentence


def test_an_unknown_filter_is_told_with_those_there_are():
    with pytest.raises(TemplateSyntaxError) as refused:
        compile_content(TextContent("{{ a | append: 'b' }}"))
    assert refused.value.message == (
        "Line 1: There is no filter “append”. The filters are capitalize, date, default, divided_by, downcase, escape, "
        "first, join, last, minus, plus, round, size, slice, strip, times, truncate, upcase."
    )


def test_twig_in_the_line_of_an_error_is_told_in_liquid():
    with pytest.raises(TemplateSyntaxError) as refused:
        compile_content(PushContent("Hi {{ user.name|default('you') }}", "x", "", ""))
    assert refused.value.message == (
        "Line 1: Liquid writes a filter's values after a colon. In Liquid: {{ user.name | default: 'you' }}"
    )
    assert refused.value.field == "subject"


def test_a_form_gets_every_problem_beside_its_field():
    content = PushContent("{{ x", "", "", "javascript:x")
    assert problems(content) == {
        "text": "Message text can't be empty.",
        "link": "Link can't begin with javascript:.",
        "subject": "Line 1: “{{” has no “}}”.",
    }
    assert problems(TextContent("Hi {{ user.name }}")) == {}


def test_a_message_that_fails_stops_none_of_the_others():
    compiled = compile_content(TextContent("{{ 6 | divided_by: n }}"))
    one, two, three = render_many(compiled, [variables({"n": n}) for n in (1, 0, 3)])
    assert (one, three) == (Rendered(TextContent("6"), ()), Rendered(TextContent("2"), ()))
    assert isinstance(two, RenderError)
    assert (two.field, two.reason) == (
        "text",
        "The template can't be rendered with these values: divided_by: can't divide by 0.",
    )


@pytest.mark.parametrize(
    ("content", "data", "field", "reason"),
    [
        (TextContent("{{ x }} "), {}, "text", "Message text: nothing is left for this person."),
        (TextContent("{{ x }}"), {"x": "t" * 1601}, "text", "Message text has 1601 characters; 1600 is the most."),
        (
            PushContent("a", "b", "", "{{ x }}"),
            {"x": "javascript:alert(1)"},
            "link",
            "Link can't begin with javascript:.",
        ),
        (PushContent("a", "b", "", "{{ x }}"), {"x": "a\tb"}, "link", "Link can't contain spaces or line breaks."),
    ],
)
def test_what_could_not_be_sent_fails_with_a_reason(content, data, field, reason):
    with pytest.raises(RenderError) as failed:
        compile_content(content).render(variables(data))
    assert (failed.value.field, failed.value.reason) == (field, reason)


def test_a_logo_that_is_none_is_left_out():
    compiled = compile_content(PushContent("a", "b", "{{ user.photo }}", ""))
    assert compiled.render(variables(photo="javascript:x")).content == PushContent("a", "b", "", "")
