"""QUALITY A3 for e-mails: their HTML is longer and escaped, and stops as early as any other text."""

import pytest

from templates.errors import RenderError, TemplateSyntaxError
from templates.rendering import compile_content
from tests.templates.mails import email, variables
from tests.templates.test_attacks import BILLION, LOOP, MEMORY, REFUSED, SECRET, WORK

pytestmark = pytest.mark.timeout(10)  # as in test_attacks.py
HTML_OUTPUT = "The text would be longer than 512 kB."


def outcome(source: str, data: dict[str, object] | None = None) -> str:
    """What HTML comes to: "refused", the reason of its failure, or its body after “>”."""
    try:
        compiled = compile_content(email(f"<body>>{source}"))
    except TemplateSyntaxError:
        return "refused"
    try:
        html = compiled.render(variables(data, **SECRET)).content.html  # type: ignore[union-attr]
    except RenderError as error:
        return error.reason
    return html.partition("<body>")[2].partition("</body>")[0]


@pytest.mark.parametrize("source", REFUSED)
@pytest.mark.parametrize("place", ["{}", '<p title="{}">', "<style>p{{color:{}}}</style><p>", "<!-- {} -->"])
def test_what_other_engines_fall_for_is_refused_wherever_it_stands(source, place):
    assert outcome(place.replace("{}", source).replace("{{color", "{color").replace("}}<", "}<")) == "refused"


@pytest.mark.parametrize(
    "source",
    [
        "{{ user.__class__ }}{{ user['__class__']['__init__'] }}{{ user.name.__class__.__mro__ }}",
        "{{ user.items }}{{ user.name.format }}{{ __builtins__ }}{{ self }}{{ env }}{{ settings.SECRET_KEY }}",
        "{% assign c = '__class__' %}{{ user[c] }}{{ user.name[c] | escape }}",
        "{{ none | escape }}{{ user.name.__html__ }}",
    ],
)
def test_names_of_python_reach_nothing(source):
    assert outcome(source) == ">"


def test_a_value_is_neither_a_template_nor_html():
    value = "{{ user.ak }}</p><script>{% include 'x' %}"
    assert outcome("<p title='{{ x }}'>{{ x }}", {"x": value}) == (
        "><p title='{{ user.ak }}&lt;/p&gt;&lt;script&gt;{% include &#x27;x&#x27; %}'>"
        "{{ user.ak }}&lt;/p&gt;&lt;script&gt;{% include &#x27;x&#x27; %}"
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (f"{{% for i in {BILLION} %}}x{{% endfor %}}", LOOP),
        (f"<style>{{% for i in {BILLION} %}}x{{% endfor %}}</style>", LOOP),
        (f"<p title='{{{{ {BILLION} | join }}}}'>", LOOP),
        ("{% for i in (1..200) %}" * 5 + "x" + "{% endfor %}" * 5, LOOP),
        ("{% for i in (1..200) %}{% endfor %}" * 400, WORK),
        ("{% for i in (1..200) %}{{ nl }}{% endfor %}", HTML_OUTPUT),
        ("{% for i in (1..200) %}<p>" + "y" * 5_000 + "{% endfor %}", HTML_OUTPUT),
        ("{{ big }}", HTML_OUTPUT),
        ("{{ small }}" * 20, HTML_OUTPUT),
        ("{{ long }}" * 900, HTML_OUTPUT),
        ("{{ long }}" * 900 + "{% if x %}{% endif %}", HTML_OUTPUT),
        ("{% assign a = half %}", MEMORY),
        ("<a href='{{ long }}'>" * 900, HTML_OUTPUT),
    ],
)
def test_loops_and_growth_are_stopped(source, reason):
    data = {
        "big": "<" * 50_000_000,
        "small": "<" * 30_000,
        "long": "&" * 60_000,
        "half": "h" * 20_000,
        "nl": "a\n<" * 2_000,
    }
    assert outcome(source, data) == reason


@pytest.mark.parametrize("field", ["subject", "preheader"])
def test_lines_are_given_less_work(field):
    heavy = "{% for i in (1..200) %}" + "{{ i }}" * 15 + "{% endfor %}"
    content = email("<p>x", **{field: heavy})
    with pytest.raises(RenderError) as failed:
        compile_content(content).render(variables())
    assert (failed.value.field, failed.value.reason) == (field, WORK)


def test_lines_are_short():
    with pytest.raises(TemplateSyntaxError) as refused:
        compile_content(email(subject="s" * 4_001))
    assert refused.value.message == "Line 1: The text is longer than 4000 characters."
    with pytest.raises(RenderError) as failed:
        compile_content(email(subject="{{ x }}")).render(variables({"x": "s" * 4_001}))
    assert failed.value.reason == "The text would be longer than 4000 characters."
