"""The pages of the audience: users, custom fields, segments, the suppression list."""

from users.admin import custom_fields, people, segments, suppressions

__all__ = ["custom_fields", "people", "segments", "suppressions"]
