from users.models.addresses import Address
from users.models.custom_fields import CustomField
from users.models.omnichannel_users import OmnichannelUser
from users.models.segments import Segment, SegmentMember, SegmentUpload

__all__ = ["Address", "CustomField", "OmnichannelUser", "Segment", "SegmentMember", "SegmentUpload"]
