"""What the OpenAPI document says of refusals."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

MEDIA_TYPE = "application/problem+json"

_TEXT = {"type": "string"}
_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457. Members that depend on the code: `errors` (422), `events` and `counter` (409), `known`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "detail_zh", "detail_en"],
    "properties": {
        "type": {**_TEXT, "format": "uri-reference", "examples": ["/problems/unknown-service"]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {**_TEXT, "description": "What is wrong with this request, and what to do."},
        "instance": {**_TEXT, "format": "uri-reference"},
        "code": {**_TEXT, "description": "For programs; the last part of `type`.", "examples": ["nobody-waiting"]},
        "detail_zh": {**_TEXT, "description": "For people.", "examples": ["无人等候"]},
        "detail_en": {**_TEXT, "description": "For people.", "examples": ["Nobody is waiting"]},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"where": _TEXT, "what": _TEXT}},
        },
    },
}
_MEANING = {
    401: "Nobody is logged in, or the session or token is over.",
    403: "Not with this role, or from another site.",
    404: "The hall, counter or thing does not exist.",
    409: "The hall's rules do not allow it, in words; that too is recorded and stays so for this Idempotency-Key.",
    422: "Something in the request is wrong, or its Idempotency-Key was used for another request.",
    429: "Too many attempts: wait for Retry-After seconds.",
    507: "The hub's disk has no room left.",
    503: "Cannot be done now: repeat it, with the same Idempotency-Key, after Retry-After seconds.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": _MEANING.get(status, HTTPStatus(status).phrase), "content": content}
        for status in statuses
    }


def describe_problems(app: FastAPI) -> None:
    """Put the problem document among the schemas, and in the place of the framework's own of a validation error."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = _PROBLEM
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        for operation in (one for path in document["paths"].values() for one in path.values()):
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                operation["responses"]["422"] = refusals(422)[422]
        return document

    app.openapi = openapi  # type: ignore[method-assign]
