"""Whose call it is: credentials, scope, limits, and what every endpoint reads and answers alike."""
