"""A person at a terminal: a real one (tmux), keys, and what the screen shows."""

import os
import re
import subprocess
import time
import uuid


class Terminal:
    """One program in a tmux window of a given size."""

    def __init__(self, command, cwd, env=None, columns=120, rows=36,
                 term="xterm-256color"):
        self.name = "quarterdeck-" + uuid.uuid4().hex[:12]
        self.status = os.path.join(str(cwd), f".{self.name}.status")
        exports = {**(env or {}), "TERM": term, "LC_ALL": "C.UTF-8"}
        words = " ".join(_quote(word) for word in command)
        settings = " ".join(f"{k}={_quote(v)}" for k, v in exports.items())
        script = f"env {settings} {words}; echo $? > {_quote(self.status)}; sleep 600"
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(rows),
                   "-c", str(cwd), "sh", "-c", script, ";",
                   "set-option", "status", "off", ";",
                   "set-option", "-s", "escape-time", "0")

    def _tmux(self, *words):
        done = subprocess.run(
            ["tmux", "-L", self.name, "-f", "/dev/null", *words],
            capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise RuntimeError(f"tmux {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def keys(self, *names):
        """Presses keys, by tmux's names: 'j', 'Enter', 'Space', 'C-c'."""
        for name in names:
            self._tmux("send-keys", name)
            time.sleep(0.03)

    def type(self, text):
        """Types text as it stands."""
        self._tmux("send-keys", "-l", text)

    def screen(self):
        """The screen as text, a line a row."""
        return self._tmux("capture-pane", "-p")

    def wait(self, pattern, seconds=20):
        """Waits until the screen matches a regular expression; returns it."""
        end = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if re.search(pattern, shown):
                return shown
            if time.monotonic() > end:
                raise AssertionError(
                    f"{pattern!r} did not appear in {seconds} s:\n{shown}")
            time.sleep(0.05)

    def gone(self, pattern, seconds=20):
        """Waits until the screen no longer matches; returns the screen."""
        end = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if not re.search(pattern, shown):
                return shown
            if time.monotonic() > end:
                raise AssertionError(
                    f"{pattern!r} is still there after {seconds} s:\n{shown}")
            time.sleep(0.05)

    def moved(self, row, seconds=20):
        """Waits until the cursor mark '>' has left a row of the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            lines = self.screen().splitlines()
            if row >= len(lines) or not lines[row].startswith(">"):
                return
            time.sleep(0.05)
        raise AssertionError(f"the cursor stays:\n{self.screen()}")

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def exit_status(self, seconds=20):
        """Waits for the program's end and returns its exit status."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with open(self.status, encoding="ascii") as file:
                    text = file.read().strip()
                if text:
                    return int(text)
            except FileNotFoundError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"still running:\n{self.screen()}")

    def close(self):
        """Closes the terminal as a dropped connection does: hangup to all."""
        subprocess.run(["tmux", "-L", self.name, "kill-server"],
                       capture_output=True, timeout=30, check=False)


def _quote(word):
    return "'" + str(word).replace("'", "'\\''") + "'"
