"""E-mails in paths, as the clients of the e-mail era write them: plain, percent-encoded, or standard base64."""

from base64 import b64decode
from binascii import Error


class EmailInPath:
    """One or more characters of any kind; base64 may hold slashes. The view gets the e-mail itself.

    A plain e-mail has an @, which base64 never has, so each form is understood at each place. What is neither, and what
    doesn't stand for an e-mail, reaches the view as it came: nobody has such an e-mail.
    """

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value if "@" in value else _decoded(value) or value

    def to_url(self, value: str) -> str:
        return value


def _decoded(text: str) -> str:
    """The e-mail that base64 of either alphabet, padded or not, stands for; "" where it is none.

    A slash at the path's end was cut off before routing (a trailing slash makes no difference); in base64 it may have
    been the last digit, so that is tried too.
    """
    digits = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    for each in (digits, f"{digits}/"):
        try:
            found = b64decode(each + "=" * (-len(each) % 4), validate=True).decode()
        except (Error, ValueError):
            continue
        if "@" in found:
            return found
    return ""
