"""The text that is made of an e-mail's HTML."""

from collections import Counter

import pytest
from hypothesis import given

from templates.errors import TemplateSyntaxError
from templates.limits import MAIL_TEXT_MEDIUM
from templates.liquid import parse
from templates.markup import Markup
from templates.plain_text import text_of, without_blocks
from templates.rendering import compile_content
from templates.scan import scan
from tests.templates.mails import email, text
from tests.templates.test_inlining import MARKUP


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<h1>Sale</h1><p>One  \n two</p><p>Three<br>four</p>", "Sale\n\nOne two\n\nThree\nfour"),
        ("a <b>b</b> c<i>d</i>", "a b cd"),
        ("<ul><li>One</li><li>Two</ul>after", "- One\n- Two\n\nafter"),
        ("<ol><li><p>One</p></li></ol>", "- One"),
        ('<a href="https://a.example/?x=1&amp;y=2">Buy</a> it', "Buy (https://a.example/?x=1&y=2) it"),
        ('<a href="https://a.example/">https://a.example/</a>', "https://a.example/"),
        ('<a href="https://a.example/"><img src="x.png" alt="Logo"></a>', "Logo (https://a.example/)"),
        ('<a href="https://a.example/"><img src="x.png"></a>', "https://a.example/"),
        ('<a href="#top">Up</a> <a name=x>here</a> <a>there</a>', "Up here there"),
        ('<a href="https://a.example/">not closed', "not closed"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("&lt;b&gt; &amp; 20&nbsp;% &euro;", "<b> & 20\xa0% €"),
        ("<title>T</title><style>p{}</style><script>x</script><!-- c --><p>x", "x"),
        ("<div style='display: none'>secret <b>more</b></div><p hidden>s</p><p>seen", "seen"),
        ("<img src=x.png alt='A &amp; B'><img src=y.png>", "A & B"),
        ("1 < 2 <3", "1 < 2 <3"),
    ],
)
def test_html_becomes_text(html, words):
    assert text(html) == words


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Dear {{ user.name }},</p><p>{{ x }}</p>", "Dear Ann,\n\n<&>"),
        ("<p>{% if x %}A{% else %}B{% endif %}, c</p><p>d</p>", "A, c\n\nd"),
        ("<p>a</p>{% if x %}<p>b</p>{% endif %}<p>c</p>", "a\n\nb\n\nc"),
        ("<p>a</p>{% if none %}<p>b</p>{% endif %}<p>c</p>", "a\n\nc"),
        ("<p>a</p><p>{% if none %}b{% else %}e{% endif %}</p><p>c</p>", "a\n\ne\n\nc"),
        ("<p>buy {% if x %}the {% endif %}shoes</p>", "buy the shoes"),
        ("<ul>{% for i in list %}<li>{{ i }}</li>{% endfor %}</ul><p>c", "- 1\n- 2\n\nc"),
        ("<table>{% for i in list %}<tr><td>{{ i }}</td><td>x</td></tr>{% endfor %}</table>", "1 x\n2 x"),
        ('<a href="https://a.example/{{ x | upcase }}?b">Buy {{ x }}</a>', "Buy <&> (https://a.example/<&>?b)"),
        ('<a href="{% if x %}https://a.example/{% else %}/b{% endif %}">Buy</a>', "Buy (https://a.example/)"),
        ('<a href="{{ link }}">{{ link }}</a>', "https://l.example/"),
        ('<td class="{% if x %}a{% else %}b{% endif %}">{% assign y = 5 %}{{ y }}</td>', "5"),
        ("<style>{% if x %}p{}{% endif %}</style>{% assign z = 7 %}<title>{{ x }}</title>{{ z }}", "7"),
        ("{% comment %}<p>{% endcomment %}a {% raw %}{{ b }}{% endraw %}", "a {{ b }}"),
        ("<p>&#123;&#123; user.name }} {<b>% if %}</b> {{<i>{</i>{{ x }}", "{{ user.name }} {% if %} {<&>"),
    ],
)
def test_tags_stay_in_the_text(html, words):
    data = {"x": "<&>", "list": [1, 2], "link": "https://l.example/"}
    if "{{<i>" in html:
        html = html.replace("{{<i>{</i>", "{<i></i>")
    assert text(html, data, name="Ann") == words


def test_a_text_that_was_written_is_taken_as_it_is():
    compiled = compile_content(email("<p>HTML</p>", text="Hi\r\n{{ x }}"))
    assert compiled.render({"x": "<b>"}).content.text == "Hi\r\n<b>"  # type: ignore[typeddict-item]


@given(MARKUP)
def test_a_text_can_be_made_of_whatever_the_language_takes(pieces):
    source = "".join(pieces)
    try:
        parse(source)
    except TemplateSyntaxError:
        return
    compile_content(email(f"<p>{source}"))
    markup = Markup(source)
    parse(without_blocks(markup), medium=MAIL_TEXT_MEDIUM)
    try:
        made = scan(text_of(markup))
    except TemplateSyntaxError:
        return
    kept = Counter(tag.text for tag in made if tag.name not in ("", "raw"))
    assert kept == Counter(tag.text for tag in scan(source) if tag.name not in ("", "raw"))


def test_where_blocks_and_links_cross_the_text_does_without_the_blocks():
    html = '<a href="{% if x %}/1">{% endif %}go</a> {% if x %}now{% endif %}'
    assert text(html) == "go (/1) now"
