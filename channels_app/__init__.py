"""HOW: senders, credentials, and one folder a provider."""
