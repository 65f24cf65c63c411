"""The pages of content: message templates with their versions and live preview."""

from templates.admin import templates

__all__ = ["templates"]
