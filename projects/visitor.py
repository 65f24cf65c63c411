"""By what a visitor is counted, where guesses are slowed."""

from ipaddress import ip_network

from django.http import HttpRequest


def network_of(request: HttpRequest) -> str:
    """The address that asks; of IPv6 its /64, all of which one visitor has. Behind proxies see TRUSTED_PROXIES."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if ":" not in address:
        return address
    try:
        return str(ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        return address
