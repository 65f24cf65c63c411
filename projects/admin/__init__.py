"""Pages of setup: client accounts with their keys, projects, operators."""

from projects.admin import accounts, operators, projects

__all__ = ["accounts", "operators", "projects"]
