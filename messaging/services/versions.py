"""Template versions, compiled once a process."""

from functools import lru_cache
from typing import NamedTuple

from templates.content import from_json
from templates.models import TemplateVersion
from templates.rendering import CompiledContent, compile_content


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
