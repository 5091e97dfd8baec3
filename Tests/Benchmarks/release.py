"""The program built for release, and what ships with it laid out beside it."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def build():
    words = ["swift", "build", "-c", "release", "--static-swift-stdlib",
             "--product", "quarterdeck", "-Xlinker", "-s"]
    subprocess.run(words, cwd=ROOT, check=True, stdout=sys.stderr)
    folder = subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT,
        check=True, capture_output=True, text=True).stdout.strip()
    return folder + "/quarterdeck"


def home(folder):
    """The repository's roles and themes, laid out as an installation."""
    place = pathlib.Path(folder) / "share"
    place.mkdir()
    (place / "roles").symlink_to(ROOT / "Sources/Catalogue/roles")
    (place / "themes").symlink_to(ROOT / "themes")
    return str(place)
