from channels_app.models.senders import ApnsIdentifier, FcmIdentifier, Sender, SmsSender

__all__ = ["ApnsIdentifier", "FcmIdentifier", "Sender", "SmsSender"]
