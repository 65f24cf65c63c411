"""How dates are written in the panel (settings.FORMAT_MODULE_PATH)."""
