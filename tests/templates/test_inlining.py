"""Styles go into the elements, Liquid tags stay where they are, and nothing else is touched."""

import contextlib
import re
import socket
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.errors import TemplateSyntaxError
from templates.inlining import TOO_LONG, edited, style_edits
from templates.markup import Markup
from tests.templates.mails import body

TOO_MANY = "There are too many styles for so many elements."


def inlined(source: str) -> str:
    markup = Markup(source)
    return edited(source, style_edits(markup))


def elements(styles: str, source: str) -> str:
    """The source with these styles put in, without the <style>."""
    sheet = f"<style>{styles}</style>"
    return inlined(sheet + source).removeprefix(sheet)


@pytest.mark.parametrize(
    ("styles", "source", "result"),
    [
        ("p{color:red}", "<p>x</p><b>y</b>", '<p style="color: red">x</p><b>y</b>'),
        ("p{color:red}.a{color:blue}", "<P CLASS=a>", '<P style="color: blue" CLASS=a>'),
        ("p{color:red;margin:0}", '<p style="color:blue">', '<p style="margin: 0; color:blue">'),
        ("p{color:red!important}", '<p style="color:blue">', '<p style="color: red!important; color:blue">'),
        ("p{color:red}", "<p style=margin:0>", '<p style="color: red; margin:0">'),
        ("p{font-family:'A b'}", "<p style='margin:0'>", "<p style='font-family: &#39;A b&#39;; margin:0'>"),
        ('p{font-family:"A b"}', "<p>", "<p style=\"font-family: 'A b'\">"),
        (
            "p{background:url(https://a.example/?x=1&y=2)}",
            "<p>",
            '<p style="background: url(https://a.example/?x=1&amp;y=2)">',
        ),
        (
            'a[href^="https:"]{color:red}',
            '<a href="https://x"><a href="/y">',
            '<a style="color: red" href="https://x"><a href="/y">',
        ),
        (
            "tr:nth-child(2) td{color:red}",
            "<table><tr><td>1<tr><td>2</table>",
            '<table><tr><td>1<tr><td style="color: red">2</table>',
        ),
        ("li{margin:0}", "<ul><li>1<li>2</ul>", '<ul><li style="margin: 0">1<li style="margin: 0">2</ul>'),
        ("img{border:0}", '<img src="a.png"/>', '<img style="border: 0" src="a.png"/>'),
        ("@media (max-width:9px){p{color:red}} p:hover{color:blue} p::before{content:'x'}", "<p>", "<p>"),
        ("p{color:red", "<p>", '<p style="color: red">'),
        ("}}} p{ { {", "<p>", "<p>"),
        (
            "body{margin:0}html{color:red}",
            "<html><head></head><body class=x>y",
            '<html style="color: red"><head></head><body style="margin: 0" class=x>y',
        ),
        ("p{color:red}", "<!--[if mso]><p><![endif]--><p>", '<!--[if mso]><p><![endif]--><p style="color: red">'),
        (
            "p{color:red}",
            "<title><p></title>&nbsp;&lt;p&gt;<p>",
            '<title><p></title>&nbsp;&lt;p&gt;<p style="color: red">',
        ),
    ],
)
def test_rules_go_into_the_elements(styles, source, result):
    assert elements(styles, source) == result


def test_style_sheets_stay_with_their_media_queries():
    source = "<style>p{color:red}@media (max-width:600px){p{color:blue!important}}</style><p>"
    assert inlined(source) == f'{source[:-1]} style="color: red">'


def test_a_style_sheet_for_paper_is_not_put_in():
    source = '<style media="print">p{color:red}</style><style media=" Screen ">p{margin:0}</style><p>'
    assert inlined(source) == f'{source[:-1]} style="margin: 0">'


@pytest.mark.parametrize(
    ("styles", "source", "result"),
    [
        # Rows in a loop: an HTML parser would move what stands between <table> and <tr> out of the table.
        (
            "td{color:red}",
            "<table>{% for i in all %}<tr>{% if i %}<td>{{ i }}{% endif %}</tr>{% endfor %}</table>",
            '<table>{% for i in all %}<tr>{% if i %}<td style="color: red">{{ i }}{% endif %}</tr>{% endfor %}</table>',
        ),
        # One of two start tags, one end tag.
        (
            "td{color:red}.b{margin:0}",
            '<table><tr>{% if x %}<td class="a">{% else %}<td class="b">{% endif %}y</td></tr></table>',
            '<table><tr>{% if x %}<td style="color: red" class="a">{% else %}<td style="color: red; margin: 0" '
            'class="b">{% endif %}y</td></tr></table>',
        ),
        # Tags that hold what looks like HTML.
        (
            "p{color:red}",
            "{% if x == '<p>' %}<p>{{ '</p>' }}{% endif %}",
            "{% if x == '<p>' %}<p style=\"color: red\">{{ '</p>' }}{% endif %}",
        ),
        (
            "p{color:red}",
            "{% raw %}<p>{% endraw %}{% comment %}<p>{% endcomment %}<p>",
            '{% raw %}<p>{% endraw %}{% comment %}<p>{% endcomment %}<p style="color: red">',
        ),
        # Values in attributes, with quotes of their own.
        (
            "a{color:red}",
            """<a href="{{ x | default: "y>" }}" title='{{ 'z' }}'>""",
            """<a style="color: red" href="{{ x | default: "y>" }}" title='{{ 'z' }}'>""",
        ),
        (
            "p{color:red}",
            """<p style="margin:{{ m | default: "0" }}">""",
            """<p style="color: red; margin:{{ m | default: "0" }}">""",
        ),
        ("p{color:red}.a{margin:0}", '<p class="a {{ b }}">', '<p style="color: red; margin: 0" class="a {{ b }}">'),
        # Values in a style sheet.
        ("p{color:{{ c | default: 'red' }}}", "<p>", "<p style=\"color: {{ c | default: 'red' }}\">"),
        ("p{background:url({{ u }}) {{ v }}}.{{ w }}{margin:0}", "<p>", '<p style="background: url({{ u }}) {{ v }}">'),
        # What depends on a block is left to the style sheet.
        ("p{margin:0}{% if x %}p{color:red}{% endif %}", "<p>", '<p style="margin: 0">'),
        ("p{margin:0;color:{% if x %}red{% else %}blue{% endif %};top:0}", "<p>", '<p style="margin: 0; top: 0">'),
        (
            ".a{color:red}.b{margin:0}",
            '<p class="{% if x %}a c{% endif %} b">',
            '<p style="margin: 0" class="{% if x %}a c{% endif %} b">',
        ),
        (
            ".a{color:red}p{margin:0}",
            '<p {% if x %}class="a"{% endif %}>',
            '<p style="margin: 0" {% if x %}class="a"{% endif %}>',
        ),
        ("p{color:red}", '<p {% if x %}style="top:0"{% endif %}>', '<p {% if x %}style="top:0"{% endif %}>'),
    ],
)
def test_liquid_tags_stay_where_they_are(styles, source, result):
    assert elements(styles, source) == result


def test_a_style_sheet_in_a_block_is_not_put_in():
    source = "{% if x %}<style>p{color:red}</style>{% endif %}<p>"
    assert inlined(source) == source


def test_values_in_style_sheets_are_put_in_only_as_far_as_tags_may_be_many():
    few = inlined("<style>p{color:{{ c }}}</style>" + "<p>" * 999)
    many = inlined("<style>p{color:{{ c }};margin:0}</style>" + "<p>" * 1000)
    assert (few.count("{{ c }}"), many.count("{{ c }}"), many.count("margin: 0")) == (1000, 1, 1000)


def test_a_style_made_of_a_value_is_escaped_in_its_attribute():
    source = "<style>p{color:{{ c }}}</style><p>"
    assert body(source, {"c": '"red"'}).endswith('<p style="color: &quot;red&quot;">')


STYLE = re.compile(r""" style="[^"]*"|(?<=style=")color: red; |(?<=style=')color: red; """)
MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<p class='a'>",
            "<table>",
            "<tr>",
            "<td>",
            "</table>",
            "<b>",
            "</b>",
            "<a href='{{ x }}'>",
            "<a {% if z %}href='y' {% endif %}>",
            "</a>",
            "{{ y }}",
            "{% if z %}",
            "{% else %}",
            "{% endif %}",
            "{% for i in x %}",
            "{% endfor %}",
            "<",
            ">",
            "{",
            "<br/>",
            "<!--x-->",
            "<!--",
            "&",
            "<li>",
            "<ul>",
            "</ul>",
            "<select>",
            "<svg>",
            "<title>",
            "</title>",
            "{% raw %}",
            "{% endraw %}",
            "{% comment %}",
            "{% endcomment %}",
            "<template>",
            "</template>",
            "<body>",
            "</body>",
            "<html>",
            "<head>",
            "</head>",
            "<form>",
            "<button>",
            "<option>",
            "<dd>",
            "<h1>",
            "</div>",
            "<div>",
            " ",
            "word",
            "&#123;",
        ]
    ),
    max_size=30,
)


@given(MARKUP)
def test_nothing_but_styles_is_added(pieces):
    source = "<style>p,td,b,a,div{color:red}</style>" + "".join(pieces)
    try:
        result = inlined(source)
    except TemplateSyntaxError:
        return
    assert result.replace(' style="color: red"', "") == source


def test_nothing_is_loaded_from_anywhere(tmp_path: Path):
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)

        def listen() -> None:
            with contextlib.suppress(TimeoutError):
                asked.append(server.accept()[0].recv(100))

        listener = Thread(target=listen)
        listener.start()
        sheet = tmp_path / "s.css"
        sheet.write_text("p{color:red}")
        url = f"http://127.0.0.1:{server.getsockname()[1]}/s.css"
        links = "".join(f'<link rel="stylesheet" href="{address}">' for address in (url, sheet, sheet.as_uri()))
        rules = f'@import "{url}"; @import url({sheet.as_uri()});p{{margin:0;background:url({url})}}'
        source = f"{links}<style>{rules}</style><p>"
        assert inlined(source).endswith(f'<p style="margin: 0; background: url({url})">')
        listener.join()
    assert asked == []


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<p>" * 5001, "There are more than 5000 elements."),
        ("<style>" + "p{}" * 2001 + "</style>" + "<p>" * 1000, TOO_MANY),
        ("<style>" + "p{" + "a:b;" * 3000 + "}</style>" + "<p>" * 300, TOO_MANY),
        ("<style>p{a:" + "b" * 20_000 + "}</style>" + "<p>" * 60, TOO_LONG),
    ],
)
def test_what_would_take_too_long_is_refused(source, sentence):
    with pytest.raises(TemplateSyntaxError) as refused:
        inlined(source)
    assert refused.value.sentence == sentence


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "source",
    [
        "<style>div div{color:red}</style>" + "<div>" * 4990,
        "<style>li{color:red}</style>" + "<li><dd>" * 2490,
        "<style>b{color:red}</style>" + "".join(f"<p><b class=c{number}>" for number in range(2490)),
        "<style>table{color:red}</style>" + "<table>" * 4990,
        "<style>" + ":not(" * 30_000 + "a" + ")" * 30_000 + "{color:red}</style><p>",
        "<style>p{width:" + "calc(" * 50_000 + "}</style><p>",
        "<style>" + "a{" * 60_000 + "</style><p>",
        '<style>p{color:red}</style><p style="' + "('" * 100_000 + '">',
        '<a "' * 50_000,
        "<" * 200_000,
        "<style>" * 30_000,
        "<!--" * 50_000,
    ],
)
def test_html_made_to_break_the_reader_is_read(source):
    assert STYLE.sub("", inlined(source)).startswith(source[:6])
