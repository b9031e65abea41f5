"""Reading what clients send: whatever does not fit its type becomes a refusal that says what was expected."""

import enum
import re
from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec
from starlette.requests import Request

from tourapp.api.problem import refusal

Part = TypeVar("Part", bound=msgspec.Struct)

# Bytes of a request body; the largest honest one is a review of 2,000 characters, each of which some clients
# write as two escapes of six bytes (RFC 8259, section 7): 24 kB.
BODY_LIMIT = 32_768


def path(request: Request, kind: type[Part]) -> Part:
    """Return the parameters of the path; what cannot be one names nothing."""
    try:
        return msgspec.convert(request.path_params, kind, strict=False)
    except msgspec.ValidationError:
        raise refusal(404, "there is nothing at this address") from None


def query(request: Request, kind: type[Part]) -> Part:
    """Return the parameters behind the question mark; an empty one counts as left out."""
    return _converted({name: text for name, text in request.query_params.items() if text}, kind)


def headers(request: Request, kind: type[Part]) -> Part:
    """Return the headers that this kind has fields for."""
    # As a dict: of another mapping msgspec would tell the names of our fields instead of the client's.
    return _converted(dict(request.headers), kind)


async def body(request: Request, kind: type[Part], media_types: Collection[str]) -> Part:
    """Return the body, which is JSON whatever its label; only these labels are taken, and none for no body.

    A page of another site can send neither of them, save text/plain, but a body without a label.
    """
    label = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    mislabelled = refusal(415, f"the body must be sent as {' or '.join(media_types)}")
    if label and label not in media_types:
        raise mislabelled
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > BODY_LIMIT:
            raise refusal(413, f"the body must be no longer than {BODY_LIMIT} bytes")
    if content and not label:
        raise mislabelled
    try:
        # No body at all says as much as an empty one: whether that is enough, its type tells.
        return msgspec.json.decode(content or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise refusal(400, _told(str(error), kind)) from None
    # Brackets nested thousands deep end in a RecursionError.
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise refusal(400, f"the body must be JSON: {error}") from None


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
    for each in msgspec.structs.fields(kind):
        for choice in (each.type, *getattr(each.type, "__args__", ())):
            if each.encode_name == name and isinstance(choice, type) and issubclass(choice, enum.StrEnum):
                wrong = f"{wrong}, accepted are {', '.join(choice)}"
    return f"{name or 'the body'}: {wrong}"
