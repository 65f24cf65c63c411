from transactional.models.types import TransactionalType

__all__ = ["TransactionalType"]
