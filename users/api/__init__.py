"""The endpoints of omnichannel users."""
