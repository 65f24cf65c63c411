"""What the demo project holds, as data."""

from pathlib import Path
from typing import Any

EMAILS = Path(__file__).parent / "emails"

CLIENT = "Demo Ltd"
PROJECT = "Tulip Shop"
PROJECT_URL = "https://shop.example.com"

# (name, role)
OPERATORS = (
    ("admin", "Administrator"),
    ("success", "Customer success"),
    ("marketer", "Marketer"),
    ("support", "Support manager"),
    ("viewer", "Viewer"),
)

TEMPLATES: dict[str, tuple[str, dict[str, str]]] = {
    "Order shipped": (
        "app_push",
        {
            "subject": "Your order is on its way",
            "text": "{{ user.name | default: 'Hello' }}, order {{ order }} left our shop today.",
            "logo": "https://shop.example.com/logo.png",
            "link": "https://shop.example.com/orders/{{ order }}",
        },
    ),
    "Order shipped, cheerful": (
        "app_push",
        {
            "subject": "Hooray, {{ user.name | default: 'friend' }}!",
            "text": "Order {{ order }} is rolling towards {{ user.city | default: 'you' }}.",
            "logo": "https://shop.example.com/logo.png",
            "link": "https://shop.example.com/orders/{{ order }}",
        },
    ),
    "Autumn sale": (
        "app_push",
        {
            "subject": "Autumn sale",
            "text": "{% if user.vip %}A day earlier for you: {% endif %}tulip bulbs at half the price.",
            "logo": "https://shop.example.com/logo.png",
            "link": "https://shop.example.com/sale",
        },
    ),
    "Log-in code": ("sms", {"text": "{{ code }} is your {{ project.sender_name }} code. Tell it to nobody."}),
    "Pick-up point": ("sms", {"text": "{{ user.name | default: 'Hello' }}, your order waits at {{ place }}."}),
    "Who we are": (
        "sms",
        {"text": "{{ project.sender_name }}: write STOP to get no more SMS. Help: {{ project_url }}"},
    ),
    "Autumn letter": (
        "email",
        {
            "subject": "{{ user.name | default: 'Hello' }}, the bulbs are here",
            "preheader": "Plant them before the first frost",
            "html": (EMAILS / "newsletter.html").read_text(),
            "text": "",
        },
    ),
    "Order confirmed": (
        "email",
        {
            "subject": "Your order {{ order }}",
            "preheader": "We pack it today",
            "html": (EMAILS / "order.html").read_text(),
            "text": "",
        },
    ),
}

# channel, category, Type ID, name, {template: weight}
TYPES: tuple[tuple[str, str, int, str, dict[str, int]], ...] = (
    ("app_push", "system", 101, "Order shipped", {"Order shipped": 3, "Order shipped, cheerful": 1}),
    ("app_push", "trigger", 102, "Come and see", {"Autumn sale": 1}),
    ("sms", "system", 201, "Log-in code", {"Log-in code": 1}),
    ("sms", "trigger", 202, "Pick-up point", {"Pick-up point": 1}),
    ("sms", "system", 203, "Answer to HELP", {"Who we are": 1}),
    ("email", "system", 301, "Order confirmed", {"Order confirmed": 1}),
    ("email", "trigger", 302, "Letter from the shop", {"Autumn letter": 1}),
)

# name: the channel that its people have. All of them read the newsletter.
SEGMENTS = {"Newsletter readers with the app": "app_push", "Newsletter readers by e-mail": "email"}

# channel: (name, segment, template)
CAMPAIGNS = {
    "app_push": ("Autumn sale", "Newsletter readers with the app", "Autumn sale"),
    "email": ("Autumn letter", "Newsletter readers by e-mail", "Autumn letter"),
}

# The SMS type that answers whoever writes HELP to one of our numbers.
HELP_TYPE = 203

_NAMES = (
    "Anna", "Boris", "Chiara", "Daniel", "Elif", "Farid", "Greta", "Hugo", "Ivanna", "Jonas", "Katya", "Liam",
    "Maja", "Nils", "Olena", "Pavlo", "Quentin", "Rosa", "Stepan", "Tereza", "Umar", "Viktoria", "Wout", "Yana",
)  # fmt: skip
_CITIES = (("Kyiv", "UA", "uk"), ("Lviv", "UA", "uk"), ("Berlin", "DE", "de"), ("Utrecht", "NL", "nl"))


def people() -> list[dict[str, Any]]:
    """Twenty-four users as the API takes them: most with a device, every second with a phone, some with neither."""
    return [_person(number, name) for number, name in enumerate(_NAMES, start=1)]


def _person(number: int, name: str) -> dict[str, Any]:
    city, country, language = _CITIES[number % len(_CITIES)]
    person: dict[str, Any] = {
        "client_user_id": f"customer-{number}",
        "name": name,
        "email": f"{name.lower()}@example.com",
        "country": country,
        "language": language,
        "age": 18 + number * 2,
        "vip": number % 5 == 0,
        "platform_id": 3 if number % 3 else 4,
        "fields": {"city": city, "orders": number % 7, "newsletter": number % 2 == 0},
    }
    if number % 8:
        person["app_push_token"] = _token(number)
    if number % 2:
        person["phone"] = f"+4915112345{number:03d}"
    return person


def _token(number: int) -> str:
    """Two in three an Android phone, the others an iPhone; made up, and of the right form."""
    if number % 3:
        return f"demo{number:018d}:" + f"APA91b{number:04d}" * 8
    return f"{number:04x}" * 16
