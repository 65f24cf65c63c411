"""A client system in the tests: calls the API through Django's test client, as raw as needed."""

from base64 import b64encode
from typing import Any

import orjson
from django.http import HttpResponse
from django.test import Client


def basic(user: object, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class Caller:
    """Calls with one client's credentials."""

    def __init__(self, client_id: int, api_key: str) -> None:
        self.authorization = basic(client_id, api_key)
        self.http = Client()

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> HttpResponse:
        """`raw` goes as it is; `body` as JSON. Header names are written with underscores."""
        data = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        content_type = headers.pop("content_type", "application/json")
        named = {"Authorization": self.authorization} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.http.generic(method, path, data, content_type=content_type, headers=named)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("PUT", path, body, **headers)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("DELETE", path, body, **headers)


def error_of(response: HttpResponse) -> tuple[int, str]:
    """(status, error text) of an answer that must be an error envelope and nothing else."""
    assert response.headers["Content-Type"] == "application/json"
    document = orjson.loads(response.content)
    assert set(document) == {"_meta", "data"}
    assert set(document["data"]) == {"error"}
    assert document["_meta"].pop("time") >= 0
    assert document["_meta"] == {"status": "ERROR", "count": 1}
    return response.status_code, document["data"]["error"]


def data_of(response: HttpResponse) -> Any:
    """The data of an answer that must be a success: 200 exactly, in the envelope."""
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json"), response.content
    document = orjson.loads(response.content)
    assert set(document) == {"_meta", "data"}
    assert isinstance(document["_meta"].pop("time"), int)
    data = document["data"]
    count = len(data) if isinstance(data, dict | list) else 1
    assert document["_meta"] == {"status": "SUCCESS", "count": count}
    return data
