"""Pages of setup: client accounts with their keys, projects, operators."""

from projects.admin import accounts, operators, projects, webhooks

__all__ = ["accounts", "operators", "projects", "webhooks"]
