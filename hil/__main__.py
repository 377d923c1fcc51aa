"""`python -m hil`."""

from hil.cli.main import app

app(prog_name="hil")
