"""The pages of transactional types."""

from transactional.admin import types

__all__ = ["types"]
