"""The document of the API (OpenAPI 3.1), made from the same operations as its routes."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from tourapp.api import response_headers
from tourapp.api.operation import API, Operation
from tourapp.api.problem import MEDIA_TYPE, Problem
from tourapp.api.response_headers import HEADERS
from tourapp.api.variants import VariantHeaders

DESCRIPTION = """\
Audio tours on foot: a catalogue, the progress of walkers, and what keeps an app in the field alive.

Every answer names its release (`x-release`) and its worker (`x-served-by`).  What is refused is refused with
a problem document (RFC 9457) that says what was expected.  Public answers carry a weak entity tag: ask again
with `If-None-Match`, and a 304 says that nothing has changed.  An empty query parameter counts as left out.
A header that says one thing is sent once: two of them are refused with 400.

Wherever there is a GET, HEAD is answered too.  Any other method than those described is refused with 405, and
`Allow` names those that are taken.  Pages, `/static` and `/pictures` are not described here, nor the headers
that guard browsers.
"""

# Where the document keeps the schemas of bodies.
REFERENCE = "#/components/schemas/{name}"

# The parts of a request that become parameters, and where OpenAPI says they are.
PLACES = {"path": "path", "query": "query", "headers": "header"}

Json = dict[str, Any]

# What is asked of whatever can be asked after by its tag.
REVISIT: Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "the tags of what the client has, or *: a 304 says that it is one of these",
    "schema": {"type": "string"},
}


def document(operations: Sequence[Operation], release: str) -> Json:
    """Return the document of these operations."""
    kinds: list[type] = list(dict.fromkeys([Problem, VariantHeaders, *_kinds(operations)]))
    references, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    schemas = Schemas(dict(zip(kinds, references, strict=True)), components)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tour app", "version": release, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "headers": HEADERS,
            "schemas": schemas.shared(operations),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class Schemas:
    """The JSON Schemas of all types that the operations name."""

    def __init__(self, references: Mapping[type, Json], components: Mapping[str, Json]) -> None:
        self._references = references
        self._components = components

    def reference(self, kind: type[msgspec.Struct]) -> Json:
        """Return what stands for the type in the document."""
        return self._references[kind]

    def fields(self, kind: type[msgspec.Struct]) -> tuple[Mapping[str, Json], Sequence[str]]:
        """Return the schema of each field, and the names of those that must be there."""
        schema = self._components[self._name(kind)]
        return schema["properties"], schema.get("required", ())

    def shared(self, operations: Sequence[Operation]) -> Mapping[str, Json]:
        """Return the schemas that bodies refer to; those of parameters are written out where they are."""
        parameters = {VariantHeaders} | {
            kind for operation in operations for part, kind in operation.parts.items() if part in PLACES
        }
        left_out = {self._name(kind) for kind in parameters}
        return {name: schema for name, schema in self._components.items() if name not in left_out}

    def _name(self, kind: type[msgspec.Struct]) -> str:
        reference: str = self._references[kind]["$ref"]
        return reference.rpartition("/")[2]


def _kinds(operations: Sequence[Operation]) -> Iterable[type[msgspec.Struct]]:
    for operation in operations:
        yield from operation.parts.values()
        if operation.answer is not None:
            yield operation.answer


def _described(operation: Operation, schemas: Schemas) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary.removesuffix("."),
        "parameters": _parameters(operation, schemas),
        "responses": _responses(operation, schemas),
    }
    details = inspect.getdoc(operation.handler)
    if details is not None and "\n" in details:
        described["description"] = details.partition("\n")[2].strip()
    if operation.signed_in:
        described["security"] = [{"token": []}]
    if "body" in operation.parts:
        content = {"schema": schemas.reference(operation.parts["body"])}
        described["requestBody"] = {
            "required": bool(schemas.fields(operation.parts["body"])[1]),
            "content": dict.fromkeys(operation.media_types, content),
        }
    return described


def _parameters(operation: Operation, schemas: Schemas) -> list[Json]:
    kinds = [(place, operation.parts[part]) for part, place in PLACES.items() if part in operation.parts]
    # These are answered in a variant, whatever else they take.
    if operation.path.startswith(API):
        kinds.append(("header", VariantHeaders))
    parameters = []
    for place, kind in kinds:
        fields, required = schemas.fields(kind)
        parameters += [
            _parameter(name, place, schema, required=name in required) for name, schema in fields.items()
        ]
    return [*parameters, REVISIT] if HTTPStatus.NOT_MODIFIED in _statuses(operation) else parameters


def _parameter(name: str, place: str, schema: Json, *, required: bool) -> Json:
    parameter: Json = {"name": name, "in": place, "required": required, "schema": _present(schema)}
    if place == "query" and not required:
        # What is empty counts as left out.
        parameter["allowEmptyValue"] = True
        parameter["schema"].pop("minLength", None)
    return parameter


def _present(schema: Json) -> Json:
    """Return the schema of a parameter that is there: one left out is not sent as null."""
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if not choices:
        return dict(schema)
    return kept | (choices[0] if len(choices) == 1 else {"anyOf": choices})


def _responses(operation: Operation, schemas: Schemas) -> Json:
    content: Json = {media_type.partition(";")[0]: {} for media_type in operation.sends}
    if operation.answer is not None:
        content = {"application/json": {"schema": schemas.reference(operation.answer)}}
    problem = {MEDIA_TYPE: {"schema": schemas.reference(Problem)}}
    statuses = _statuses(operation)
    responses: Json = {}
    for status in statuses:
        names = response_headers.names(operation, status, statuses)
        response: Json = {"description": status.phrase}
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        told = problem if status >= HTTPStatus.BAD_REQUEST else content
        if told and status is not HTTPStatus.NOT_MODIFIED:
            response["content"] = told
        responses[str(status.value)] = response
    return responses


def _statuses(operation: Operation) -> Sequence[HTTPStatus]:
    """Return all statuses with which the operation may end, in order."""
    # Dispatch sends 204 whenever there is no body.
    has_body = operation.answer is not None or operation.sends
    status = operation.status if has_body else HTTPStatus.NO_CONTENT
    return sorted({status, *operation.others, *_implied(operation)})


def _implied(operation: Operation) -> Iterable[HTTPStatus]:
    """Yield the statuses that follow from what the operation takes."""
    if operation.public:
        yield HTTPStatus.NOT_MODIFIED
    # Any call may meet a database that does not answer.
    yield HTTPStatus.SERVICE_UNAVAILABLE
    if operation.path.startswith(API) or {"query", "headers", "body"} & operation.parts.keys():
        yield HTTPStatus.BAD_REQUEST
    if operation.signed_in:
        yield HTTPStatus.UNAUTHORIZED
        yield HTTPStatus.TOO_MANY_REQUESTS
    if "path" in operation.parts:
        yield HTTPStatus.NOT_FOUND
    if "body" in operation.parts:
        yield HTTPStatus.REQUEST_TIMEOUT
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
