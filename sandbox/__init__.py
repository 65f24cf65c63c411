"""A stand-in for the providers, on loopback: FCM HTTP v1, APNs over HTTP/2, Vonage SMS.

It imports none of the product's apps and shares no code with their adapters, so that it can't repeat their mistakes.
"""
