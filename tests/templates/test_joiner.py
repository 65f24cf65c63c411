from hypothesis import given
from hypothesis import strategies as st

from templates.errors import RenderError
from templates.joiner import Joiner, joiner_of
from templates.liquid import parse
from templates.variables import build_context

NAMES = st.sampled_from(["a", "b", "user", "user.a", "user.b", "a.b", "a.b.a", "user['a b']", "project_url", "now"])
TEXTS = st.text(st.characters(exclude_characters="{}", exclude_categories=()), max_size=8)
PIECES = st.lists(st.one_of(TEXTS, NAMES.map("{{{{ {} }}}}".format), NAMES.map("{{{{- {} -}}}}".format)), max_size=8)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=6)
)
KEYS = st.sampled_from(["a", "b", "a b"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
DATA = st.dictionaries(KEYS, VALUES, max_size=3)


def outcome(renderer, variables):
    missing: dict[str, None] = {}
    try:
        return renderer.render(variables, missing), list(missing)
    except RenderError as error:
        return error.reason


@given(PIECES, DATA, DATA)
def test_the_joiner_prints_what_liquid_prints(pieces, user, data):
    program = parse("".join(pieces))
    joiner = joiner_of(program.nodes)
    assert isinstance(joiner, Joiner)
    variables = build_context(user, {"project_url": "https://a.example/"}, data)
    assert outcome(joiner, variables) == outcome(program, variables)
    assert joiner.variables() == program.variables()


def test_an_integer_too_long_to_print_fails_the_same_way():
    program = parse("{{ n }}")
    variables = build_context({}, {}, {"n": 10**5000})
    told = outcome(joiner_of(program.nodes), variables)
    assert told == outcome(program, variables)
    assert told.startswith("The template can't be rendered with these values: Exceeds the limit")


def test_what_is_more_than_a_variable_is_left_to_liquid():
    for source in ("{{ a | upcase }}", "{{ a.size }}", "{{ a.0 }}", "{{ a[b] }}", "{{ 1 }}", "{% if a %}{% endif %}"):
        assert joiner_of(parse(source).nodes) is None
