"""What is recognised of a gateway's shell on its serial console, as data that a lab overrides.

The prompt `[11:03:03][envoy:~$]` and that it stands right behind the last brace: the interface page.
The login is that of any small Linux, in the words of busybox's `getty` and `login`.
"""

import re
from typing import Annotated, Literal

from pydantic import Field

from hil.consoles.dialect import Overridable, Pattern, Seconds, Text


class ShellDialect(Overridable):
    """One kind of shell. Patterns are searched in what came last, without escape sequences; those of
    prompts have to reach to its very end.
    """

    prompt: Pattern = re.compile(r"(?:\[\d\d:\d\d:\d\d\]\[[^\]\r\n]*\]|[#$%>]) ?\Z")
    login: Pattern = re.compile(r"(?i)\blogin: ?\Z")
    password: Pattern = re.compile(r"(?i)\bpassword(?: for [^:\r\n]*)?: ?\Z")
    refused: Pattern = re.compile(
        r"(?i)login incorrect|authentication failure|permission denied|invalid password|"
        r"maximum number of tries"
    )
    kernel_line: Pattern = re.compile(r"(?:<\d>)?\[ *\d+\.\d{6}\] [^\r\n]*\r?\n")
    """What the kernel puts on the same console, anywhere, also in the middle of a line."""

    end_of_command: Literal["\r", "\n", "\r\n"] = "\r"
    echo: bool = True
    """Whether it repeats what is typed: by that one knows at once that somebody is there."""
    abandon_line: str = "\x15"
    """Makes it forget what somebody else has left half typed (Ctrl-U)."""
    interrupt: str = "\x03"
    """Ends what somebody else has left running (Ctrl-C)."""

    answer_s: Seconds = 10.0
    """Rig seconds for an echo, or for a prompt after a line of the login; one that refuses a
    password lets its user wait, busybox's for 3 s."""
    silent_s: Seconds = 90.0
    """Rig seconds that a command may print nothing and not end."""
    line_characters: Annotated[int, Field(ge=300)] = 1000
    """A command line that is longer goes over in pieces: terminals and line editors have limits."""

    scratch: Text = "/tmp/.hil"
    """Files of ours on the gateway begin with this: what a command reads and prints goes through them."""
    checksum: Text = "md5sum"
    """Prints the MD5 of each file that it is given: whether what came over the line is whole."""
