"""E-mails to render, and what is of interest in the result."""

from html.parser import HTMLParser

from templates.content import EmailContent
from templates.rendering import Rendered, compile_content
from templates.variables import Variables, build_context

LINKS = {"sender_name": "Shop", "unsubscribeLink": "https://t.example/u/1?a=b&c=d"}


def variables(data: dict[str, object] | None = None, **user: object) -> Variables:
    return build_context(user, LINKS, data or {})


def email(html: str = "<p>Hi</p>", *, subject: str = "Hi", preheader: str = "", text: str = "") -> EmailContent:
    return EmailContent(subject, preheader, html, text)


def rendered(content: EmailContent, data: dict[str, object] | None = None, **user: object) -> Rendered:
    return compile_content(content).render(variables(data, **user))


def body(html: str, data: dict[str, object] | None = None, **user: object) -> str:
    """What stands between <body> and </body> of a fragment that was completed."""
    content = rendered(email(html), data, **user).content
    assert isinstance(content, EmailContent)
    return content.html.partition("<body>")[2].partition("</body>")[0]


def text(html: str, data: dict[str, object] | None = None, **user: object) -> str:
    """The plain text that is made of a piece of HTML."""
    content = rendered(email(html), data, **user).content
    assert isinstance(content, EmailContent)
    return content.text


class Reader(HTMLParser):
    """What a page is made of: its tags with the names of their attributes, and the values of those."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, ...]] = []
        self.values: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, *(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.shape.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.shape.append(("!",))

    def handle_data(self, data: str) -> None:
        self.words += data
