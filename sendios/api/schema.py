"""The OpenAPI document: every answer in its envelope, every error documented."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

ERRORS = {
    "400": "The request is wrong; the text names each field.",
    "401": "The credentials are wrong.",
    "403": "The project is not yours, or there is none.",
    "404": "What the request names does not exist.",
    "405": "The path knows other methods; see `Allow`.",
    "409": "The request contradicts what is stored.",
    "413": "The body is larger than 1 MiB.",
    "429": "Too many requests; `Retry-After` says when to come back.",
    "500": "An error of ours.",
    "503": "The database is away for the moment; nothing was stored.",
}
META: dict[str, Any] = {
    "type": "object",
    "required": ["status", "time", "count"],
    "properties": {
        "status": {"type": "string", "enum": ["SUCCESS", "ERROR"]},
        "time": {"type": "integer", "description": "Milliseconds."},
        "count": {"type": "integer", "description": "Members of `data`."},
    },
}
ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["_meta", "data"],
    "properties": {
        "_meta": {"$ref": "#/components/schemas/Meta"},
        "data": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
    },
}


class EnvelopeSchema(AutoSchema):
    """Describes what EnvelopeRenderer and `handle_exception` make of a view's answers."""

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def _is_create_operation(self) -> bool:
        return False  # PHP clients take every status but 200 for a failure

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        self._component("Meta", META)
        error = self._component("Error", ERROR)
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code, description in ERRORS.items():
            bodies.setdefault(code, {"description": description, "content": {"application/json": {"schema": error}}})
        return bodies

    def _get_response_for_code(self, serializer: Any, status_code: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        body: dict[str, Any] = super()._get_response_for_code(  # type: ignore[no-untyped-call]  # drf-spectacular types little
            serializer, status_code, *args, **kwargs
        )
        if self.path.startswith("/v1/"):
            for content in body.get("content", {}).values():
                content["schema"] = {
                    "type": "object",
                    "required": ["_meta", "data"],
                    "properties": {"_meta": {"$ref": "#/components/schemas/Meta"}, "data": content["schema"]},
                }
        return body

    def _component(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]  # as above
            name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema
        )
        self.registry.register_on_missing(component)
        reference: dict[str, Any] = component.ref
        return reference


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    """HTTP Basic with the client id and the API key."""

    target_class = "projects.api.authentication.ApiKeyAuthentication"
    name = "client id and API key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "basic", "description": "API key = lower-case hex SHA-1 of the SDK key."}
