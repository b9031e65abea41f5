"""The API's own document."""

import re

from jsonschema import Draft202012Validator
from starlette.routing import Route

from tests.tourapp.conftest import Visitor

# What is no page and no file.
CALLS = re.compile(r"/api/.*|/media/.*|/bundles/.*|/healthz|/readyz|/metrics|/openapi\.json")


def test_every_route_of_the_api_is_in_the_document_and_nothing_else_is(visit: Visitor) -> None:
    routes = {
        (re.sub(r":\w+}", "}", route.path), method)
        for route in visit.routes
        if isinstance(route, Route) and CALLS.fullmatch(route.path)
        for method in (route.methods or set()) - {"HEAD"}
    }
    paths = visit.get("/openapi.json").json()["paths"]
    assert routes == {(path, method.upper()) for path, operations in paths.items() for method in operations}


def test_operations_have_names_of_their_own_and_say_what_they_do(visit: Visitor) -> None:
    paths = visit.get("/openapi.json").json()["paths"]
    every = [operation for operations in paths.values() for operation in operations.values()]
    assert len({operation["operationId"] for operation in every}) == len(every)
    assert all(operation["summary"] for operation in every)


def test_the_document_holds_valid_schemas_and_every_reference_leads_somewhere(visit: Visitor) -> None:
    answer = visit.get("/openapi.json")
    document = answer.json()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', answer.text))
    assert named <= set(schemas)
    assert set(schemas) <= named, "a schema that nothing refers to"


def test_refusals_follow_from_what_an_operation_takes(visit: Visitor) -> None:
    paths = visit.get("/openapi.json").json()["paths"]
    assert set(paths["/api/tours"]["get"]["responses"]) == {"200", "304", "400", "503"}
    assert set(paths["/api/login"]["post"]["responses"]) >= {"200", "400", "401", "413", "415", "503"}
    assert set(paths["/api/progress/{tour_id}"]["get"]["responses"]) >= {"200", "401", "404", "429"}
    assert set(paths["/healthz"]["get"]["responses"]) == {"200", "503"}
    assert paths["/api/progress/{tour_id}"]["get"]["security"] == [{"token": []}]


def test_a_parameter_that_may_be_left_out_may_be_empty_and_is_never_null(visit: Visitor) -> None:
    parameters = {
        each["name"]: each
        for each in visit.get("/openapi.json").json()["paths"]["/api/tours"]["get"]["parameters"]
    }
    assert parameters["city"]["allowEmptyValue"]
    assert parameters["city"]["schema"] == {"type": "string", "maxLength": 200}
    assert visit.get("/api/tours?city=&language=").status_code == 200
    assert visit.get("/api/tours?language=null").status_code == 400


def test_an_answer_tells_the_headers_that_the_document_names(visit: Visitor) -> None:
    paths = visit.get("/openapi.json").json()["paths"]

    def names(path: str, method: str, status: int) -> set[str]:
        return set(paths[path][method]["responses"][str(status)]["headers"])

    everywhere = {"Cache-Control", "Server-Timing", "X-Release", "X-Served-By"}
    assert all(
        everywhere <= set(response["headers"])
        for operations in paths.values()
        for operation in operations.values()
        for response in operation["responses"].values()
    )
    assert names("/healthz", "get", 200) == {*everywhere, "Vary"}
    assert "ETag" in names("/api/tours", "get", 304) & names("/api/progress/{tour_id}", "put", 412)
    assert "Retry-After" in names("/api/login", "post", 429) & names("/healthz", "get", 503)
    assert {"Accept-Ranges", "Content-Range"} <= names("/media/{file}", "get", 206)
    assert "Set-Cookie" in names("/api/refresh", "post", 401)
    assert "Location" in names("/api/tours/{tour_id}/reviews", "post", 201)


def test_what_can_be_asked_after_by_tag_takes_the_tag(visit: Visitor) -> None:
    for operations in visit.get("/openapi.json").json()["paths"].values():
        for operation in operations.values():
            takes_tags = "If-None-Match" in {each["name"] for each in operation["parameters"]}
            assert takes_tags == ("304" in operation["responses"])


def test_a_body_is_required_unless_an_empty_one_will_do(visit: Visitor) -> None:
    paths = visit.get("/openapi.json").json()["paths"]
    assert not paths["/api/refresh"]["post"]["requestBody"]["required"]
    assert paths["/api/login"]["post"]["requestBody"]["required"]


def test_the_document_can_be_asked_after_by_its_tag(visit: Visitor) -> None:
    first = visit.get("/openapi.json")
    again = visit.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
