import pytest

from templates.dialect import hints
from templates.liquid import parse


@pytest.mark.parametrize(
    ("twig", "liquid"),
    [
        ("{{ user.name|default('friend') }}", "{{ user.name | default: 'friend' }}"),
        ("{{ a|upper|default('x~y | length') }}", "{{ a | upcase | default: 'x~y | length' }}"),
        ("{% for u in list|slice(0, 1) %}", "{% for u in list limit: 1 %}"),
        ("{% for index, u in list|slice(2, 3) %}", "{% for u in list limit: 3 offset: 2 %}"),
        ("{% for key, value in map %}", "{% for value in map %}"),
        ("{% for i in 1..5 %}", "{% for i in (1..5) %}"),
        ("{% set x = 1 %}", "{% assign x = 1 %}"),
        ("{{ list|length }}", "{{ list | size }}"),
        ("{{ text|raw }}", "{{ text }}"),
        ("{{ text|e('html') }}", "{{ text | escape }}"),
        ("{{ a ~ ' ' ~ b }}", "{{ a }}{{ ' ' }}{{ b }}"),
        ("{{ day|date('d.m.Y') }}", "{{ day | date: '%d.%m.%Y' }}"),
        ("{{ list|join(', ') }}", "{{ list | join: ', ' }}"),
        ("{% if user.name is defined %}", "{% if user.name != nil %}"),
        ("{% if user.name is not defined %}", "{% if user.name == nil %}"),
        ("{% if list is empty %}", "{% if list == nil or list == '' %}"),
        ("{% if not vip %}", "{% if vip == nil or vip == false %}"),
        ("{% if a && b || c %}", "{% if a and b or c %}"),
        ("{% if 'x' in list %}", "{% if list contains 'x' %}"),
        ("{% elseif a %}", "{% elsif a %}"),
        ("{{ a ? 'x' : 'y' }}", "{% if a %}{{ 'x' }}{% else %}{{ 'y' }}{% endif %}"),
        ("{{ a ?? 'x' }}", "{{ a | default: 'x' }}"),
        ("{{ a + 1 }}", "{{ a | plus: 1 }}"),
        ("{{ loop.index }}", "{{ forloop.index }}"),
        ("{{ loop.revindex0 }}", "{{ forloop.rindex0 }}"),
        ("{# note #}", "{% comment %} note {% endcomment %}"),
        ("{{~ a ~}}", "{{- a -}}"),
        ("{% include 'x.html' %}", ""),
        ("{% extends 'x' %}", ""),
        ("{{ a|replace({'a': 'b'}) }}", ""),
        ("{% set x = a ~ b %}", ""),
    ],
)
def test_twig_is_told_in_liquid(twig, liquid):
    (hint,) = hints(f"one\n{twig}")
    assert (hint.line, hint.found, hint.liquid_form) == (2, twig, liquid)
    assert hint.sentence.endswith(".")


@pytest.mark.parametrize(
    "liquid",
    [
        "{{ user.name | default: 'friend' }}",
        "{{ 'a ~ b | length ? c : d is defined' }}",
        "{% for u in list limit: 1 %}{{ forloop.index }}{% endfor %}",
        "{% if a and b or c contains 'x' %}{% elsif d != nil %}{% endif %}",
        "{{ x.raw }}{{ x.loop.index }}{{ user.length }}",
        "{% assign x = list | size %}{% unless x %}{% endunless %}",
        "{{- a | slice: 0, 1 -}}",
    ],
)
def test_liquid_is_left_alone(liquid):
    parse(liquid)
    assert hints(liquid) == []


@pytest.mark.parametrize(
    "source", ["{{" * 30_000, "{% x " * 9_000, "{{" + " " * 60_000 + "}}", "{{ a|" + "e(" * 400 + "}}"]
)
def test_broken_sources_are_read_too(source):
    assert len(hints(source)) <= 1


def test_a_rule_of_a_style_sheet_is_no_comment():
    source = "<style>@media print{#top{color:red}}</style>" + "x" * 2_000 + "{{ a|upper }}#}"
    assert [hint.found for hint in hints(source)] == ["{{ a|upper }}"]
