"""Pages of setup: FCM identifiers, APNs identifiers, SMS senders."""

from channels_app.admin import senders

__all__ = ["senders"]
