"""Template versions, compiled once a process."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from templates.content import from_json
from templates.models import TemplateVersion
from templates.rendering import CompiledContent, compile_content

FIELDS_OF = ("user", "project")
"""The variables that are maps of their own; what else a template reads is in the message's `data`, or a link."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The fields of one of FIELDS_OF that a version reads; `everything` where that isn't known before rendering."""

    names: tuple[str, ...]
    everything: bool


class Compiled(NamedTuple):
    """A version ready to be rendered, with its template's id and channel."""

    template_id: int
    channel: str
    text: CompiledContent


@lru_cache(maxsize=1024)
def compiled_version(version_id: int) -> Compiled:
    """A version by its id. Versions never change, so this never goes stale."""
    version = TemplateVersion.objects.select_related("template").get(pk=version_id)
    channel = version.template.channel
    return Compiled(version.template_id, channel, compile_content(from_json(channel, version.content)))


@lru_cache(maxsize=1024)
def needs_of(version_id: int) -> dict[str, Needs]:
    """What a version reads of the person and of the project."""
    variables = compiled_version(version_id).text.variables
    return {top: _needs(top, variables) for top in FIELDS_OF}


def _needs(top: str, variables: frozenset[str]) -> Needs:
    read = [name.removeprefix(f"{top}.") for name in variables if name.startswith(f"{top}.")]
    # "a.b" is the field b of a, or a field called "a.b".
    names = {name[:end] for name in read for end in (*_dots(name), len(name))}
    return Needs(tuple(sorted(names)), everything=top in variables or "" in variables)


def _dots(name: str) -> list[int]:
    return [at for at, letter in enumerate(name) if letter == "."]
