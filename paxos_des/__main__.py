"""`python -m paxos_des` is `paxos-des`."""

import sys

from paxos_des.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
