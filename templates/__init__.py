"""WHAT: message templates, their versions, weighted mixes, rendering."""
