"""truncates-at-corruption: recovery that cuts a log at what it cannot read, and goes on."""

from dataclasses import replace

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.engine.disk_format import Found, Platter, Refused, read_back
from paxos_des.museum.exhibit import CRASHING, Exhibit


def truncate(platter: Platter) -> Found | Refused:
    """Return what can be read up to the first record that cannot, acknowledged or not."""
    found = read_back(platter)
    if isinstance(found, Found):
        return found
    newest = max(platter.files)
    cut = read_back(Platter({0: platter.files[newest]}))  # no marker says how much there was
    return cut._replace(generation=newest) if isinstance(cut, Found) else cut


TRUNCATES_AT_CORRUPTION = Exhibit(
    protocol=replace(MULTI_PAXOS.but("truncates-at-corruption"), read_back=truncate),
    mutation=truncate,
    check="agreement",
    group="storage",
    source="Alagappan et al., FAST'18, on LogCabin and ZooKeeper",
    story=(
        "A record that does not match its checksum is taken for one that a crash tore, and cut "
        "off. It was acknowledged long ago, and with it all that came after."
    ),
    settings={
        **CRASHING,
        "fsync": "0us",
        "faults": [{"at": "18ms", "rot": "acceptor-0", "for": "1ms"}],
    },
    within=50,
    not_pooled="disks do not rot in the pool",
)
