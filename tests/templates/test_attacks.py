"""QUALITY A3: templates that try to reach Python, or to use up time and memory, are refused or do nothing."""

import pytest

from templates import limits
from templates.content import TextContent
from templates.errors import RenderError, TemplateSyntaxError
from templates.liquid import parse
from templates.rendering import compile_content
from templates.variables import build_context

pytestmark = pytest.mark.timeout(10)  # generous: what isn't stopped runs for minutes or eats all memory

SECRET = {"name": "Ann", "ak": "s3cret"}


def outcome(source: str, data: dict[str, object] | None = None) -> str:
    """What a source comes to: "refused", the reason of its failure, or its text after “>”."""
    try:
        compiled = compile_content(TextContent(f">{source}"))
    except TemplateSyntaxError:
        return "refused"
    try:
        return compiled.render(build_context(SECRET, {}, data or {})).content.text
    except RenderError as error:
        return error.reason


REFUSED = [
    # Jinja2
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ config.__class__.__init__.__globals__['os'].popen('id').read() }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ request|attr('application')|attr('\\x5f\\x5fglobals\\x5f\\x5f') }}",
    "{{ cycler.__init__.__globals__.os.system('id') }}",
    "{{ [].append(1) }}",
    "{{ user.update({'name': 'x'}) }}",
    "{{ '%s' % user }}",
    "{{ user.__str__() }}",
    "{% for c in [].__class__.__base__.__subclasses__() %}{% endfor %}",
    "{% import 'os' as os %}",
    "{% set x = cycler %}",
    "{% macro m() %}{% endmacro %}",
    # Twig
    "{{ _self.env.registerUndefinedFilterCallback('exec') }}",
    "{{ ['id']|filter('system') }}",
    "{{ ['id']|map('system')|join }}",
    "{{ {'id': 'x'}|sort('system') }}",
    "{{ source('/etc/passwd') }}",
    "{{ include('x') }}",
    "{{ attribute(user, 'ak') }}",
    "{{ 'x'|format_date }}",
    "{% block x %}{% endblock %}",
    "{% extends 'x' %}",
    # Django
    "{% load log %}",
    "{% debug %}",
    "{% csrf_token %}",
    "{% include '/etc/passwd' %}",
    "{% include request.GET.x %}",
    "{% ssi /etc/passwd %}",
    "{% with x=1 %}{% endwith %}",
    "{% get_admin_log 10 as log %}",
    "{{ user|pprint }}",
    "{{ '5'|ljust:'1000000000' }}",
    "{% lorem 1000000000 w %}",
    "{% widthratio 1 0 100 %}",
    # Liquid
    "{% include 'x' %}",
    "{% render 'x' %}",
    "{% layout 'x' %}",
    "{% liquid assign x = 1 %}",
    "{% capture x %}{% endcapture %}",
    "{% increment x %}",
    "{% cycle 'a', 'b' %}",
    "{% tablerow i in (1..9) %}{% endtablerow %}",
    "{% echo 'x' %}",
    "{% doc %}{% enddoc %}",
    "{% # inline %}",
    "{% javascript %}{% endjavascript %}",
    "{{ 'a' | append: 'b' }}",
    "{{ 'a' | prepend: 'b' }}",
    "{{ 'a' | replace: 'a', 'aa' | replace: 'a', 'aa' }}",
    "{{ 'a' | split: '' }}",
    "{{ list | concat: list }}",
    "{{ list | map: '__class__' }}",
    "{{ list | sort }}",
    "{{ 'x' | url_decode }}",
    "{{ 'x' | base64_decode }}",
    "{{ 'x' | safe }}",
    "{{ 'x' | escape: environment: user }}",
    "{{ 'x' | date: '%Y', environment: user }}",
    "{{ 'x' | default: 'y', context: user }}",
]


@pytest.mark.parametrize("source", REFUSED)
def test_what_other_engines_fall_for_is_refused(source):
    assert outcome(source) == "refused"


@pytest.mark.parametrize(
    "source",
    [
        "{{ user.__class__ }}",
        "{{ user.__class__.__mro__ }}",
        "{{ user['__class__']['__init__'] }}",
        "{{ user.name.__class__ }}",
        "{{ user.items }}{{ user.keys }}{{ user.pop }}",
        "{{ user.name.format }}{{ user.name.upper }}",
        "{{ list.append }}{{ list.__len__ }}",
        "{{ __builtins__ }}{{ self }}{{ _self }}{{ context }}{{ env }}{{ template }}{{ globals }}{{ locals }}",
        "{{ request }}{{ settings }}{{ settings.SECRET_KEY }}{{ config }}{{ lipsum }}{{ cycler }}",
        "{{ now }}{{ today }}{{ counters }}{{ partial }}",
        "{{ messages.storages.0.signer.key }}",
        "{% for i in user.name %}{{ i.__class__ }}{{ forloop.it }}{{ forloop.__class__ }}{% endfor %}",
        "{% assign c = '__class__' %}{{ user[c] }}{{ user.name[c] }}",
    ],
)
def test_names_of_python_reach_nothing(source):
    assert outcome(source, {"list": [1]}) == ">"


def test_a_value_is_never_a_template():
    assert outcome("{{ x }}", {"x": "{{ user.ak }}{% include 'x' %}"}) == ">{{ user.ak }}{% include 'x' %}"


def test_a_template_does_not_change_the_variables():
    variables = build_context(SECRET, {}, {"list": [1]})
    compile_content(TextContent("a{% assign user = 1 %}{% assign list = 2 %}{{ user }}")).render(variables)
    assert (variables["user"], variables["list"]) == (SECRET, [1])


LOOP = "A loop would run more than 200 times."
WORK = "The template does more work than one message may."
OUTPUT = "The text would be longer than 64 kB."
MEMORY = "The template assigns more than 16 kB."
BILLION = "(1..1000000000)"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (f"{{% for i in {BILLION} %}}x{{% endfor %}}", LOOP),
        (f"{{% for i in {BILLION} reversed limit: 1 %}}x{{% endfor %}}", LOOP),
        (f"{{% for i in {BILLION} offset: 999999999 %}}x{{% endfor %}}", LOOP),
        (f"{{{{ {BILLION} | join }}}}", LOOP),
        (f"{{{{ {BILLION} | slice: 0, 1000000000 }}}}", LOOP),
        (f"{{% if {BILLION} contains 'x' %}}{{% endif %}}", LOOP),
        (f"{{% assign r = {BILLION} %}}", LOOP),
        (f"{{% for i in (1..{'9' * 900}) %}}x{{% endfor %}}", LOOP),
        ("{% for i in (1..200) %}" * 5 + "x" + "{% endfor %}" * 5, LOOP),
        ("{% for i in (1..200) %}{% endfor %}" * 500, WORK),
        ("{% for i in (1..200) %}" + "{{ '' }}" * 900 + "{% endfor %}", WORK),
        ("{% for i in (1..200) %}" + "{% comment %}{% endcomment %}" * 400 + "{% endfor %}", WORK),
        ("{% for i in (1..200) %}{% if " + "false or " * 100 + "false %}{% endif %}{% endfor %}", WORK),
        (
            "{% case 1 %}{% when "
            + "1, " * 300
            + "1 %}"
            + "{% case 1 %}{% when "
            + "1, " * 300
            + "1 %}x"
            + "{% endcase %}{% endcase %}",
            WORK,
        ),
        ("{% for i in (1..200) %}{{ '" + "y" * 900 + "' }}{% endfor %}", OUTPUT),
        ("{{ big }}", OUTPUT),
        ("{% assign a = big %}", WORK),
        ("{% assign a = long %}", MEMORY),
        ("".join(f"{{% assign a{n} = '{'y' * 900}' %}}" for n in range(30)), MEMORY),
        ("{% if list contains 'q' %}{% endif %}" * 400, WORK),
        ("{{ list | join | size }}" * 400, WORK),
    ],
)
def test_loops_and_growth_are_stopped(source, reason):
    data = {"big": "b" * 100_000_000, "long": "b" * 17_000, "list": ["z"] * 2000}
    assert outcome(source, data) == reason


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ x | escape | escape | escape }}", "escape: the result is too long"),
        ("{{ long | upcase }}", "upcase: the value is too long"),
        ("{{ list | join: '" + "y" * 900 + "' }}", "join: the result is too long"),
        ("{{ 'a' | truncate: 1, x }}", "truncate: an argument is too long"),
        ("{% assign a = 999999999 %}" + "{% assign a = a | times: a %}" * 60, "times: the result is too large"),
        ("{{ 1e9 }}{{ n | times: n }}", "times: the number is too large"),
        ("{{ '" + "9" * 900 + "' | plus: 1 }}", "plus: not a number"),
        ("{{ '1e999999999' | plus: 1 }}", "plus: the result is no number"),
        ("{{ 'inf' | round }}", "round: cannot convert float infinity to integer"),
        ("{{ 'nan' | minus: 1 }}", "minus: the result is no number"),
        ("{{ 1.5 | round: 99999999999999999999 }}", "round: the number is too large"),
        ("{{ '2026-01-01' | date: 5 }}", "date: the format must be a short text"),
        (
            "{% for i in list limit: -99999999999999999999 %}x{% endfor %}",
            "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize",
        ),
        ("{{ 1 | divided_by: 0 }}", "divided_by: can't divide by 0"),
        ("{{ x | date: '%Y' }}", "date: not a date"),
        ("{{ '2026-01-01' | date: x }}", "date: an argument is too long"),
        ("{{ 99999999999999999999 | date: '%Y' }}", None),
    ],
)
def test_filters_take_and_make_only_what_is_small(source, told):
    data = {"x": "<" * 10_000, "long": "y" * 70_000, "list": ["z"] * 2000, "n": 10**4000}
    result = outcome(source.replace("{{ 1e9 }}", ""), data)
    expected = f"The template can't be rendered with these values: {told}." if told else ">99999999999999999999"
    assert result == expected


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 'abc' | slice: 0, 99999999999999999999999 }}", "abc"),
        ("{{ 'abc' | slice: -99999999999999999999999, 1 }}", ""),
        ("{{ 'abc' | truncate: 99999999999999999999999 }}", "abc"),
        ("{{ 'abc' | truncate: -99999999999999999999999 }}", "..."),
        ("{{ '2026-01-01' | date: '%0999999999d' }}", ""),
        ("{{ '9e99999999' | date: '%Y' }}", "9e99999999"),
        ("{% for i in list offset: 99999999999999999999 %}x{% endfor %}", ""),
        ("{{ list[99999999999999999999999] }}", ""),
    ],
)
def test_huge_numbers_do_no_harm(source, text):
    assert outcome(source, {"list": [1, 2]}) == f">{text}"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x" * (limits.SOURCE + 1), "The text is longer than 65536 characters."),
        ("{{a}}" * 1001, "There are more than 1000 tags."),
        ("{{ " + "9" * 1000 + " }}", "A tag is longer than 1000 characters."),
        ("{{ a" + " " * 900 + "}}", "There are more than 40 blanks in a row inside a tag."),
        ("{{" + " " * 60_000 + "}}", "“{{" + " " * 38 + "” is no tag: a name is missing."),
        ("{{" * 30_000, "“{{” has no “}}”."),
        ("{%" * 30_000, "“{%” has no “%}”."),
        ("{% raw %}" * 7_000, "“{% raw %}” has no “{% endraw %}”."),
        ("{% comment %}" * 900, "Blocks are nested more than 5 deep."),
        ("{% if a %}" * 6 + "{% endif %}" * 6, "Blocks are nested more than 5 deep."),
        ("{% for a in b %}" * 100, "Blocks are nested more than 5 deep."),
    ],
)
def test_sources_that_are_costly_to_read_are_refused_first(source, sentence):
    with pytest.raises(TemplateSyntaxError) as refused:
        parse(source)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    "source", ["{{ a" + "[a" * 300 + "]" * 300 + " }}", "{% if " + "a or " * 180 + "a %}x{% endif %}"]
)
def test_deep_expressions_end(source):
    assert outcome(source) == ">"
