"""The schema of custom fields: one type per name and project."""

from django.db import models

from users.vocabulary import FieldType


class CustomField(models.Model):
    """A custom field that users of a project may have; the first value fixes its type."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="custom_fields")
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=7, choices=FieldType)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="custom_field_once_a_project")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_type_display()})"
