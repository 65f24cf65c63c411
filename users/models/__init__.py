from users.models.addresses import Address
from users.models.consent import ConsentEvent, Suppression, TypeUnsubscription, Unsubscription
from users.models.custom_fields import CustomField
from users.models.omnichannel_users import OmnichannelUser
from users.models.product_data import Goal, Payment, ProductEvent
from users.models.segments import Segment, SegmentMember, SegmentUpload

__all__ = [
    "Address",
    "ConsentEvent",
    "CustomField",
    "Goal",
    "OmnichannelUser",
    "Payment",
    "ProductEvent",
    "Segment",
    "SegmentMember",
    "SegmentUpload",
    "Suppression",
    "TypeUnsubscription",
    "Unsubscription",
]
