from messaging.models.events import MessageEvent, Receipt
from messaging.models.mailings import Mailing, MixEntry
from messaging.models.messages import Message
from messaging.models.short_links import ShortLink
from messaging.models.statistics import Statistic
from messaging.models.visits import Visit

__all__ = ["Mailing", "Message", "MessageEvent", "MixEntry", "Receipt", "ShortLink", "Statistic", "Visit"]
