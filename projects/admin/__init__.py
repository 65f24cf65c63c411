"""Pages of setup: client accounts with their keys, projects, operators."""

from projects.admin import accounts, domains, operators, projects, webhooks

__all__ = ["accounts", "domains", "operators", "projects", "webhooks"]
