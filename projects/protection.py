"""Whether rows may be deleted, asked without loading what stands in the way.

`delete()` finds out, too, but by loading every protecting row first: all messages of a sender, for one sentence.
"""

from typing import Any

from django.db.models import CASCADE, PROTECT, ForeignObjectRel, QuerySet


def is_protected(rows: QuerySet[Any]) -> bool:
    """Whether anything protects one of these rows, or of those that would be deleted with them.

    One look-up a table, each ends at the first row. Deleting must still expect ProtectedError: a row may come between.
    """
    for relation in _pointing_at(rows.model):
        others = relation.related_model._base_manager  # noqa: SLF001  (Django's documented way to all of its rows)
        found = others.filter(**{f"{relation.field.name}__in": rows.order_by()})
        if relation.on_delete is PROTECT and found.exists():
            return True
        if relation.on_delete is CASCADE and is_protected(found):
            return True
    return False


def _pointing_at(model: Any) -> list[ForeignObjectRel]:
    fields = model._meta.concrete_model._meta.get_fields(include_hidden=True)  # noqa: SLF001  (Django's documented way)
    return [each for each in fields if isinstance(each, ForeignObjectRel)]
