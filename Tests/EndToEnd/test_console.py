"""What the console says of an edit, of what fails and of what is done, by keys
on a rehearsal."""

import keys


def test_an_edit_says_what_it_changes(terminal, command):
    made = command("new", "lab", "--services", "keystone", "--rehearse")
    assert made.returncode == 0, made.stderr
    one = terminal("--stack", "lab", columns=80, rows=24)
    one.wait(r"3 chosen")
    one.keys("2")
    one.wait(r"Parameters  0 changed")
    one.keys("/")
    one.type("keystone_replicas")
    one.wait(r"(?m)^> keystone_replicas ")
    one.keys("Enter", "Enter")
    one.wait(r"Enter takes the value")
    one.keys("C-u")
    one.type("5")
    one.wait(r"Deployment keystone-api +spec\.replicas: 3 → 5")
    one.keys("Enter")
    # Once it is written it still says what it changed, not "nothing".
    one.wait(r"Parameters  1 changed")
    one.gone(r"rendering…")
    assert "spec.replicas: 3 → 5" in one.screen()
    one.keys("u")
    one.wait(r"spec\.replicas: 5 → 3")
    # A secret has a preview too, and is not in it.
    one.keys("/", "C-u")
    one.type("mariadb_root_password")
    one.wait(r"(?m)^> mariadb_root_password ")
    one.keys("Enter", "n")
    shown = one.wait(r"Secret mariadb-root +data")
    assert "→ ********" in shown


def test_what_fails_is_followed_to_its_pod(terminal, command):
    made = command("new", "lab", "--services", "memcached", "--rehearse")
    assert made.returncode == 0, made.stderr
    one = terminal("--stack", "lab", "--fault", "image:memcached",
                   columns=120, rows=36)
    one.wait(r"1 chosen")
    keys.review(one)
    keys.go(one)
    one.wait(r"memcached: image \S+ does not exist", 60)
    one.keys("n")
    one.wait(r"(?m)^>  ✗ memcached ")
    one.keys("Enter")
    one.wait(r"StatefulSet openstack/memcached .*\[YAML\]")
    # The events of its pods are there: they say why.
    one.keys("Tab")
    one.wait(r"(?m)Failed .* memcached-\d: .*pull")
    one.keys("Escape")
    one.gone(r"\[events\]")
    one.keys("p")
    one.wait(r"(?m)^> memcached_image_tag ")


def test_the_last_pages_keys_are_its_own(terminal, command, tmp_path):
    made = command("new", "lab", "--services", "memcached", "--rehearse")
    assert made.returncode == 0, made.stderr
    one = terminal("--stack", "lab", columns=80, rows=24)
    one.wait(r"1 chosen")
    keys.review(one)
    keys.go(one)
    one.wait(r"Every test has passed", 60)
    one.keys("?")
    shown = one.wait(r"back to the tree")
    assert "next problem" not in shown
    one.keys("Escape", "Down", "Enter")
    one.wait(r"SERVICE / WORKLOAD")
    # Removing asks for the stack's name, and what is gone is not "ready".
    keys.review(one, r"Nothing to do")
    one.keys("o", "End", "Enter")
    one.wait(r"Review  remove")
    one.wait(r"g starts", 30)
    one.keys("g")
    one.wait(r"Type lab to go on")
    one.type("la")
    one.keys("Enter")
    assert "Type lab to go on" in one.screen()
    one.type("b")
    one.keys("Enter")
    shown = one.wait(r"Run 2 is done", 60)
    assert " ready" not in shown
