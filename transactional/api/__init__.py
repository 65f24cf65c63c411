"""The send endpoints."""
