"""Found by Django's autodiscovery: the pages that belong to no app of ours."""

from sendios.panel import queues

__all__ = ["queues"]
