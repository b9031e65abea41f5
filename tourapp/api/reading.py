"""Reading what clients send: whatever does not fit its type becomes a refusal that says what was expected."""

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tourapp.api.problem import refusal
from tourapp.wire.headers import joined
from tourapp.wire.words import NOTHING_HERE

Part = TypeVar("Part", bound=msgspec.Struct)

# Bytes of a request body; the largest honest one is a review of 2,000 characters, each of which some clients
# write as two escapes of six bytes (RFC 8259, section 7): 24 kB.
BODY_LIMIT = 32_768

# Seconds for all of a body: as long as the server waits for the head of a request.
BODY_PATIENCE = 30.0

# In the parameters of a media type: a charset that is not JSON's own.
OTHER_CHARSET = re.compile(r'(?:^|;)\s*charset=(?!"?utf-?8"?\s*(?:;|$))')


def path(request: Request, kind: type[Part]) -> Part:
    """Return the parameters of the path; what cannot be one names nothing."""
    try:
        return msgspec.convert(request.path_params, kind, strict=False)
    except msgspec.ValidationError:
        raise refusal(404, getattr(kind, "absent", NOTHING_HERE)) from None


def query(request: Request, kind: type[Part]) -> Part:
    """Return the parameters behind the question mark; an empty one counts as left out."""
    return _converted({name: text for name, text in request.query_params.items() if text}, kind)


def headers(request: Request, kind: type[Part]) -> Part:
    """Return the headers that this kind has fields for, several lines of one name as one list."""
    lines = {name: joined(request.headers, name) for name in kind.__struct_encode_fields__}
    return _converted({name: text for name, text in lines.items() if text is not None}, kind)


async def body(request: Request, kind: type[Part], media_types: Collection[str]) -> Part:
    """Return the body, which is JSON whatever its label; only these labels are taken, and none for no body.

    A page of another site can send neither of them, save text/plain, but a body without a label.
    """
    label, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    label = label.strip()
    if label and label not in media_types:
        raise _mislabelled(media_types)
    _check_coding(request, parameters)
    content = await _content(request)
    if content and not label:
        raise _mislabelled(media_types)
    try:
        # No body at all says as much as an empty one: whether that is enough, its type tells.
        return msgspec.json.decode(content or b"{}", type=kind)
    except msgspec.ValidationError as error:
        told = _told(str(error), kind) if content else f"the body is empty; {_wanted(kind)}"
        raise refusal(400, told) from None
    # Brackets nested thousands deep end in a RecursionError.
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise refusal(400, f"the body must be JSON: {error}") from None


def _mislabelled(media_types: Collection[str]) -> HTTPException:
    return refusal(415, f"the body must be sent as {' or '.join(media_types)}")


def _check_coding(request: Request, parameters: str) -> None:
    """Refuse a body that is compressed, or in another charset than JSON's (RFC 8259, section 8.1)."""
    if parameters and OTHER_CHARSET.search(parameters):
        raise refusal(415, "the body must be written in utf-8")
    coding = request.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":
        # By this header the client learns that it is about the coding (RFC 9110, section 15.5.16).
        raise refusal(415, "the body must come without a Content-Encoding", {"accept-encoding": "identity"})


async def _content(request: Request) -> bytes:
    """Return the bytes of the body, as long as they come in time."""
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            async for piece in request.stream():
                content += piece
                if len(content) > BODY_LIMIT:
                    raise refusal(413, f"the body must be no longer than {BODY_LIMIT} bytes")
    except TimeoutError:
        # What comes later is no request of its own, so the connection ends with this answer.
        late = f"the body did not come within {BODY_PATIENCE:.0f} s; send it again"
        raise refusal(408, late, {"connection": "close"}) from None
    return bytes(content)


def _wanted(kind: type[msgspec.Struct]) -> str:
    """Say what a body of this kind holds at least."""
    fields = [field.encode_name for field in msgspec.structs.fields(kind) if field.required]
    return f"send a JSON object with {' and '.join(fields)}"


def _converted(found: Mapping[str, str], kind: type[Part]) -> Part:
    try:
        converted = msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise refusal(400, _told(str(error), kind)) from None
    # Text that becomes a number also becomes None, when it is "null".
    for field, name in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        if getattr(converted, field) is None and name in found:
            raise refusal(400, f"{name}: null is not a value")
    return converted


def _told(message: str, kind: type[msgspec.Struct]) -> str:
    """Put the field before what is wrong with it, and name the accepted values of a closed set."""
    found = re.fullmatch(r"(.*) - at `\$\.?(.*)`", message)
    if found is None:
        return message
    wrong, name = found[1], found[2]
    if wrong.startswith("Invalid enum value"):
        choices = _choices(msgspec.inspect.type_info(kind), re.sub(r"\[\w*\]", "", name).split("."))
        wrong = f"{wrong}, accepted are {', '.join(choices)}"
    return f"{name or 'the body'}: {wrong}"


def _choices(kind: msgspec.inspect.Type, way: Sequence[str]) -> Iterator[str]:
    """Yield the accepted values of the closed set to which these names of fields lead."""
    match kind:
        case msgspec.inspect.StructType() if way:
            for field in kind.fields:
                if field.encode_name == way[0]:
                    yield from _choices(field.type, way[1:])
        case msgspec.inspect.UnionType():
            for each in kind.types:
                yield from _choices(each, way)
        case msgspec.inspect.VarTupleType():
            yield from _choices(kind.item_type, way)
        case msgspec.inspect.EnumType():
            yield from (choice.value for choice in kind.cls)
        case _:
            return
