"""How the web server in front says no."""

import re

from hil.simulator import generations
from hil.simulator.rest.messages import Answer
from hil.vocabulary.identity import Firmware

# The page leads whoever reads it to the login, after half a second.
_PAGE = r"""<html>
<head><title>401 Authorization Required</title></head>
<body>
<center><h1>401 Authorization Required</h1></center>
<hr><center>Redirecting to <a id='link' href=''></a></center>
<script>
const redirect_url = window.location.protocol + '//' + window.location.host + '{login}';
function redirect() { window.location.href = redirect_url; }
window.onload = function() {
    const link = document.getElementById('link');
    link.href = redirect_url;
    link.text = redirect_url;
    setTimeout(redirect, 500);
}
</script>
</body>
</html>
"""


def no_token(firmware: Firmware) -> Answer:
    """The same page for no token, a wrong one, and one of a role that is too weak (captured)."""
    login = "/login.html" if generations.LOGIN_PAGE.of(firmware) else "/home"
    lines = _PAGE.replace("{login}", login).replace("\n", "\r\n")
    # The last line feed of the captured page stands alone.
    return Answer(
        401,
        re.sub(r"\r\n\Z", "\n", lines).encode(),
        "text/html",
        is_bare=not generations.SECURITY_HEADERS_ON_REFUSALS.of(firmware),
    )


def no_digest(challenge: str) -> Answer:
    """The page of firmware 4 to 6, after which the connection is closed (captured)."""
    return Answer(
        401,
        b"<html><body><h2>401 Unauthorized</h2></body></html>",
        "text/html",
        headers=(("WWW-Authenticate", challenge),),
        closes=True,
    )


def moved_to_https(location: str, server: str) -> Answer:
    """What port 80 says from firmware 7 on, whatever was asked (public reports)."""
    lines = (
        "<html>",
        "<head><title>301 Moved Permanently</title></head>",
        "<body>",
        "<center><h1>301 Moved Permanently</h1></center>",
        f"<hr><center>{server}</center>",
        "</body>",
        "</html>",
        "",
    )
    return Answer(301, "\r\n".join(lines).encode(), "text/html", location=location)
