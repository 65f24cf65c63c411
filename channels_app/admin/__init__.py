"""Pages of setup: FCM identifiers, APNs identifiers, SMS and e-mail senders."""

from channels_app.admin import senders

__all__ = ["senders"]
