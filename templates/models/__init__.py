from templates.models.templates import Channel, MessageTemplate, TemplateVersion

__all__ = ["Channel", "MessageTemplate", "TemplateVersion"]
