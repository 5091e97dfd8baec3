"""Keeps what slow judges answered, outside the repository.

An answer is kept under the digest of all that it follows from: the question,
the programs that ask it, and the pinned packages that answer. Anything else
that changes is a new question, so nothing here ever has to be thrown away;
QUARTERDECK_ANSWERS=new asks again all the same.
"""
import hashlib
import json
import os
import pathlib
import tempfile

CACHE = pathlib.Path(
    os.environ.get("QUARTERDECK_CACHE")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME")
                    or pathlib.Path.home() / ".cache") / "quarterdeck")


class Question:
    """All that an answer follows from, piece by piece."""

    def __init__(self):
        self.digest = hashlib.sha256()

    def add(self, *texts):
        """Adds texts, each with its length, so that none run together."""
        for text in texts:
            data = text if isinstance(text, bytes) else str(text).encode()
            self.digest.update(b"%d:" % len(data))
            self.digest.update(data)
        return self

    def add_files(self, *paths):
        """Adds files by their content, and all that is below directories.

        Where they lie does not count, only what they are called below the
        directory: a copy of the repository asks the same.
        """
        for path in map(pathlib.Path, paths):
            if not path.is_dir():
                self.add(path.read_bytes())
                continue
            for file in sorted(path.rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    self.add(file.relative_to(path), file.read_bytes())
        return self

    @property
    def path(self):
        """Where the answer is kept."""
        name = self.digest.hexdigest()
        return CACHE / "answers" / name[:2] / (name[2:] + ".json")


def kept(question, ask):
    """The answer to a question: the kept one, or that of `ask`, then kept."""
    path = question.path
    if os.environ.get("QUARTERDECK_ANSWERS") != "new":
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            pass
    answer = ask()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, delete=False, encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(file.name, path)
    return answer
