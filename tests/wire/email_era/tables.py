"""One client with a project and a person, another client with the same, and paths and bodies that name them."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from projects.models import Project
from tests.factories import make_project, make_user
from tests.wire.email_era.dialects import NO_DATA, ClientSystem
from users.models import OmnichannelUser, Suppression, Unsubscription

EMAIL = "olena+x@example.com"


@dataclass(frozen=True)
class Table:
    """Calls as one client's systems. Texts may hold {p}, {u}, {email}, {b64}, and another client's {P} and {U}."""

    system: ClientSystem
    user: OmnichannelUser
    names: dict[str, object]

    def call(self, method: str, path: str, body: Any = None, *, dialect: str = "PHP") -> tuple[int, Any]:
        """(status, data); a v3 success is the whole document. The envelope is checked."""
        where = self.fill(path)
        told = NO_DATA if body is None else self.fill(body)
        status, document = self.system.call(dialect, method, where, told)
        if where.startswith("/v3/") and status < 300:
            return status, document
        meta, data = document["_meta"], document["data"]
        assert (set(document), type(meta.pop("time"))) == ({"_meta", "data"}, int)
        count = len(data) if status == 200 and isinstance(data, dict | list) else 1
        assert meta == {"status": "SUCCESS" if status == 200 else "ERROR", "count": count}
        return status, data

    def fill(self, told: Any) -> Any:
        """Put the names' values in; a text that is one name becomes its value, a number too."""
        if isinstance(told, dict):
            return {name: self.fill(value) for name, value in told.items()}
        if isinstance(told, list):
            return [self.fill(each) for each in told]
        if not isinstance(told, str):
            return told
        if told[:1] + told[-1:] == "{}" and told[1:-1] in self.names:
            return self.names[told[1:-1]]
        for name, value in self.names.items():
            told = told.replace("{" + name + "}", str(value))
        return told

    def undo(self) -> None:
        """Take back what calls changed of consent, so that the next client finds the same."""
        Unsubscription.objects.all().delete()
        Suppression.objects.all().delete()


def make_table(system: ClientSystem, project: Project) -> Table:
    foreign = make_project(name="Theirs")
    person = {"name": "Olena", "gender": "f", "language": "uk", "country": "UA"}
    user = make_user(project, client_user_id="c-1", email=EMAIL, **person)
    names = {
        "p": project.pk,
        "u": user.pk,
        "email": EMAIL,
        "b64": b64(EMAIL),
        "nobody64": b64("nobody@example.com"),
        "P": foreign.pk,
        "U": make_user(foreign, email=EMAIL).pk,
        "none": 2**31 - 9,
    }
    return Table(system, user, names)


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()
