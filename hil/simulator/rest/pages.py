"""The pages of the web server in front of the native processes, for requests they never see."""

from http import HTTPStatus

from hil.simulator.rest.messages import Answer

SERVER = "openresty/1.17.8.1"
"""The `Server` header of firmware 7 and later. Source: public captures."""


def page(status: int) -> Answer:
    """The stock error page of that web server; 400 and up."""
    # The stock pages' own words where the standard library says something else.
    reason = {413: "Request Entity Too Large"}.get(status) or HTTPStatus(status).phrase
    lines = (
        "<html>",
        f"<head><title>{status} {reason}</title></head>",
        "<body>",
        f"<center><h1>{status} {reason}</h1></center>",
        f"<hr><center>{SERVER}</center>",
        "</body>",
        "</html>",
        "",
    )
    return Answer(status, "\r\n".join(lines).encode(), "text/html")
