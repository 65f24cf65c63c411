from channels_app.models.senders import ApnsIdentifier, EmailSender, FcmIdentifier, Sender, SmsSender

__all__ = ["ApnsIdentifier", "EmailSender", "FcmIdentifier", "Sender", "SmsSender"]
