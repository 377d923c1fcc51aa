"""Finding a rig file by name or path, and reading it."""

import difflib
import shlex
from pathlib import Path

from hil.files.closed_yaml import checked
from hil.files.yaml_document import read_yaml
from hil.rig.rig_file import RigFile, SimulatedRigFile


def load_rig(name_or_path: str, rigs_folder: Path) -> RigFile | SimulatedRigFile:
    """Read `bench-07` from `rigs_folder`, or the file at a path (with a `/` or an ending).

    Secrets are not read: each is where its reference is resolved.

    Raises:
        RigFileError: there is no such file (names those there are), or it is wrong (names line
            and key, and what to write instead).
    """
    document = read_yaml(rig_path(name_or_path, rigs_folder), kind="rig file")
    if _means_a_simulation(document.content):
        return checked(document, SimulatedRigFile)
    return checked(document, RigFile)


def rig_path(name_or_path: str, rigs_folder: Path) -> Path:
    """Where the rig file is, whether it exists or not."""
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    return rigs_folder / f"{name_or_path}.yaml"


def rig_argument(description: RigFile) -> str:
    """What to write behind `--rig` for this rig, in a message."""
    by_name = Path("rigs") / f"{description.name}.yaml"
    is_named = by_name.resolve() == description.path.resolve()
    return description.name if is_named else shlex.quote(str(description.path))


def _means_a_simulation(content: object) -> bool:
    if not isinstance(content, dict) or "envoy" in content:
        return isinstance(content, dict) and "simulate" in content
    return bool(difflib.get_close_matches("simulate", [str(key) for key in content]))
