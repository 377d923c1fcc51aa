"""The pages of the gateway's own web application: slow, and other in form than the native processes.

Source: public captures of 5.0.62 to 8.3.5289.
"""

import json

from hil.simulator.rest.messages import Answer

_NOT_TO_BE_KEPT = (("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("Expires", "1"))


def slow_page(body: object) -> Answer:
    """JSON without blanks, in chunks, not to be kept."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Answer(200, text.encode(), "application/json", headers=_NOT_TO_BE_KEPT, is_chunked=True)
