"""A web site that tells what it was asked, as httpbin does; served by granian."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import brotli
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
TEXT = ("a tour of Zürich, " * 200).encode()
PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "raw-deflate": lambda text: zlib.compress(text, wbits=-15),
}


async def anything(request: Request) -> Response:
    body = await request.body()
    told = {
        "method": request.method,
        "target": request.scope["raw_path"].decode() + "?" + request.scope["query_string"].decode(),
        "headers": sorted([name, value] for name, value in request.headers.items()),
        "body": body.decode("latin-1"),
    }
    return JSONResponse(told)


async def status(request: Request) -> Response:
    return PlainTextResponse("as asked", request.path_params["status"])


async def redirect(request: Request) -> Response:
    headers = {"Location": request.query_params.get("to", "/anything")}
    return PlainTextResponse("elsewhere", request.path_params["status"], headers)


async def cookies(request: Request) -> Response:
    answer = JSONResponse(dict(sorted(request.cookies.items())))
    for name, value in request.query_params.items():
        answer.set_cookie(name, value)
    return answer


async def packed(request: Request) -> Response:
    coding = request.path_params["coding"]
    headers = {"Content-Encoding": coding.removeprefix("raw-")}
    return Response(PACKED[coding](TEXT), headers=headers, media_type="text/plain; charset=utf-8")


async def lines(request: Request) -> Response:
    async def each() -> AsyncIterator[bytes]:
        for number in range(request.path_params["count"]):
            yield f"line {number} für Zürich\n".encode()
            await asyncio.sleep(0)

    return StreamingResponse(each(), media_type="text/plain; charset=utf-8")


async def latin(_request: Request) -> Response:
    return Response("Zürich".encode("latin-1"), media_type="text/plain; charset=iso-8859-1")


async def typed(request: Request) -> Response:
    answer = Response("Zürich".encode())
    for value in request.query_params.getlist("type"):
        answer.headers.append("content-type", value)
    return answer


async def broken_json(_request: Request) -> Response:
    return Response(b'{"a": ', media_type="application/json")


async def slow(_request: Request) -> Response:
    await asyncio.sleep(5)
    return PlainTextResponse("at last")


async def secret(request: Request) -> Response:
    # What the name demo and the password zebra come to.
    known = request.headers.get("authorization") == "Basic ZGVtbzp6ZWJyYQ=="
    return PlainTextResponse("welcome" if known else "who?", 200 if known else 401)


app = Starlette(
    routes=[
        Route("/anything", anything, methods=METHODS),
        Route("/anything/{rest:path}", anything, methods=METHODS),
        Route("/status/{status:int}", status, methods=METHODS),
        Route("/redirect/{status:int}", redirect, methods=METHODS),
        Route("/cookies", cookies),
        Route("/packed/{coding}", packed),
        Route("/lines/{count:int}", lines),
        Route("/latin", latin),
        Route("/typed", typed),
        Route("/broken-json", broken_json),
        Route("/slow", slow),
        Route("/secret", secret),
    ]
)
