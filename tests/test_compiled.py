"""What was compiled does what is meant, which stands in plain Python; and it may be missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from compared import texts

from paxos_des.engine.fast import FAST

ROOT = Path(__file__).parents[1]
PLAIN = {
    **os.environ,
    "PAXOS_DES_COMPILED": "no",
    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))),
    "PYTEST_ADDOPTS": "",
}

compiled = pytest.mark.skipif(FAST is None, reason="nothing was compiled here: no compiler?")


@compiled
def test_every_run_is_the_same_in_plain_python() -> None:
    command = [sys.executable, str(ROOT / "tests" / "compared.py")]
    with subprocess.Popen(command, env=PLAIN, stdout=subprocess.PIPE) as child:
        ours = texts()
        theirs = json.loads(child.communicate()[0])

    assert (ours.pop("compiled"), theirs.pop("compiled")) == ("True", "False")
    assert len(ours) > 150
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} == set()
