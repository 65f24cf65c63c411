"""The pages of campaigns."""

from campaigns.admin import campaigns

__all__ = ["campaigns"]
