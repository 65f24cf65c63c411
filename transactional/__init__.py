"""WHEN, to one: transactional types and the send endpoints."""
