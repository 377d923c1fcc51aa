"""Environments for the peers, beside the project's own: their packages would get in its way."""

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
FOLDER = HERE / ".venv"


def python_of(environment: str) -> Path:
    """The interpreter of an environment, made if it is not there; `hil` is the one we run in."""
    if environment == "hil":
        return Path(sys.executable)
    requirements = HERE / f"{environment}-requirements.txt"
    folder = FOLDER / environment
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = requirements.read_text(encoding="utf-8")
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        installed.write_text(wanted, encoding="utf-8")
    return python
