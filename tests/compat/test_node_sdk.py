"""The vendor's clients for Node walk the whole life of a connection, of one account and of two.

A script speaks to this test in lines: `settle` asks the made-up gateway host to do its work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from futago.services import access
from futago.testing import loopback

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent / "node"
DEADLINE = 60.0
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="Node is not installed")
needs_packages = pytest.mark.skipif(
    not (HERE / "node_modules").is_dir(),
    reason="the clients for Node are not installed; run: make clients",
)


@needs_node
@needs_packages
@pytest.mark.parametrize("script_name", ["life.js", "abroad.js"])
def test_a_connection_lives_from_creation_to_deletion_of_one_and_two_accounts(
    tmp_path: Path, script_name: str
) -> None:
    with loopback.serve(tmp_path) as served:
        key = served.service.key
        with served.service.database.begin() as unit:
            branch_id = access.create_account(unit, "branch")
            branch_key = access.create_access_key(unit, branch_id, access.ADMINISTRATOR)
        environment = {
            "PATH": os.environ["PATH"],
            "KEY_ID": key.access_key_id,
            "KEY_SECRET": key.secret,
            "ACCOUNT_ID": served.service.account_id,
            "BRANCH_KEY_ID": branch_key.access_key_id,
            "BRANCH_KEY_SECRET": branch_key.secret,
            "BRANCH_ACCOUNT_ID": branch_id,
            "REGION": loopback.REGION,
            "ENDPOINT": f"127.0.0.1:{served.port}",
        }
        with subprocess.Popen(
            ["node", script_name],
            cwd=HERE,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as script:
            watchdog = threading.Timer(DEADLINE, script.kill)
            watchdog.start()
            try:
                said = converse(script, served.service)
            finally:
                watchdog.cancel()
                script.kill()
            assert script.stderr is not None
            complaint = script.stderr.read()
    assert said == "done", complaint


def converse(script: subprocess.Popen[str], service: loopback.Service) -> str:
    """Do what the script asks for until it says something else, and give that."""
    assert script.stdin is not None
    assert script.stdout is not None
    for line in script.stdout:
        if line.strip() != "settle":
            return line.strip()
        service.node.settle()
        script.stdin.write("done\n")
        script.stdin.flush()
    return ""


def test_the_lock_file_names_versions_and_hashes_but_no_registry() -> None:
    text = (HERE / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity": "sha512-' in text
