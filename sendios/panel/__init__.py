"""The panel: Django's admin in unfold's clothes."""
