"""WHO: omnichannel users, addresses, custom fields, segments."""
