"""The pages of the audience: users, custom fields, segments."""

from users.admin import custom_fields, people, segments

__all__ = ["custom_fields", "people", "segments"]
