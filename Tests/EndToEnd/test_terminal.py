"""The tests' own terminal shows what a program drew and ends with it."""

from terminal import Terminal


def test_shows_the_screen_and_the_exit_status(tmp_path):
    one = Terminal(["sh", "-c", "printf 'ready\\n'; read line; exit 3"],
                   cwd=tmp_path, columns=80, rows=24)
    try:
        one.wait("ready")
        one.keys("Enter")
        assert one.exit_status() == 3
    finally:
        one.close()
