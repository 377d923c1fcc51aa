"""What a client sent, read the way the native processes read it: whatever its Content-Type."""

import json

from hil.simulator.rest.messages import Request


def object_in(request: Request) -> dict[str, object]:
    """The JSON object of a request body.

    Raises:
        ValueError: no JSON, or no object; says which, for the `msg` of the answer.
    """
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise ValueError("the body is no JSON") from error
    if not isinstance(body, dict):
        raise ValueError("the body is no JSON object")
    return body
