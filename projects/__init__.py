"""WHOSE: operators, client accounts, API keys, projects."""
