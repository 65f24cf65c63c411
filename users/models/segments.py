"""Segments: named parts of a project's audience."""

from django.db import models
from simple_history.models import HistoricalRecords

from users.vocabulary import SegmentKind


class Segment(models.Model):
    """A static list of users, or rules that are evaluated anew at every use.

    `rules` of a dynamic segment is a group: {"op": "and"|"or", "not": bool, "items": [group | condition]}, where a
    condition is {"field": str, "operator": str, "value": any}. See users/segment_rules.py.
    """

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="segments")
    name = models.CharField(max_length=128)
    kind = models.CharField(max_length=7, choices=SegmentKind)
    rules = models.JSONField(default=dict, blank=True)
    counted_users = models.PositiveIntegerField(null=True, editable=False, help_text="At the last count.")
    counted_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["counted_users", "counted_at"])

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="segment_name_once_a_project")]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """A user in a static segment."""

    pk = models.CompositePrimaryKey("segment_id", "user_id")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey("users.OmnichannelUser", on_delete=models.CASCADE, related_name="memberships")

    def __str__(self) -> str:
        return f"{self.segment_id}:{self.user_id}"


class SegmentUpload(models.Model):
    """One CSV put into a static segment, with every rejected row and its reason."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="uploads")
    file_name = models.CharField(max_length=255)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    already_there = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list, help_text='[{"row": int, "value": str, "reason": str}]')
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("projects.Operator", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name
