"""What a webhook can tell of: the events' names on the wire (Sendios' own) and what they mean in plain words."""

EVENTS: dict[str, dict[str, str]] = {
    "E-mail": {
        "created": "A user was made by a send to an unknown e-mail address",
        "sent": "Taken by the mail server",
        "lost": "Could not be sent, or came back",
        "reject": "Not sent: the person or the address must not get it",
        "open": "Opened",
        "click": "A link was followed",
        "unsub": "The person unsubscribed",
        "spam": "The person complained of spam",
    },
    "SMS": {
        "sms_sent": "Taken by the provider",
        "sms_lost": "Could not be sent, or not delivered",
        "sms_delivered": "Delivered to the phone",
        "sms_click": "A link was followed",
    },
    "App push": {
        "app_push_sent": "Taken by FCM or APNs",
        "app_push_lost": "Could not be sent, or not delivered",
        "app_push_delivered": "Shown on the device",
        "app_push_click": "Tapped",
    },
}

NAMES = tuple(name for group in EVENTS.values() for name in group)
TEST = "test"
"""Sent by the button of the panel only."""
