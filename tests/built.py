"""What tests of compiled parts need: that there are any."""

import pytest

from paxos_des.engine.fast import FAST

compiled = pytest.mark.skipif(FAST is None, reason="nothing was compiled here: no compiler?")
