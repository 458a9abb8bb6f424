"""What all figures share: colours, the settings under which the same data give the same file, and
how a figure is written.

matplotlib is an extra and slow to import: only functions that draw import it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

from paxos_des.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png")

# Okabe and Ito's colours (2008), which the colour-blind tell apart; in grey, dashes and marks do.
BLACK, GREY = "#000000", "#7F7F7F"
BLUE, SKY_BLUE, GREEN = "#0072B2", "#56B4E9", "#009E73"
ORANGE, VERMILION, PURPLE = "#E69F00", "#D55E00", "#CC79A7"

SAME_FILE: Mapping[str, Any] = {
    "svg.hashsalt": "paxos_des", "svg.fonttype": "path", "font.size": 9,
}  # fmt: skip
"""With these, the same data give the same file."""
_PLAIN: Mapping[str, dict[str, str | None]] = {"svg": {"Date": None}, "png": {"Software": None}}
_DPI = 150


def check_drawing(needs: Sequence[str], extra: str, otherwise: str = "") -> None:
    """Refuse to draw where what draws is not installed.

    Raises
    ------
    InputError
        With what is missing, how to get it, and what goes without.
    """
    missing = [name for name in needs if not _is_there(name)]
    if missing:
        message = (
            f"figures: found no {' and no '.join(missing)}; allowed is with them: "
            f"pip install 'paxos_des[{extra}]'{otherwise}"
        )
        raise InputError(message)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:  # what keeps a module away may say so when it is looked for
        return False


@contextmanager
def same_file(**settings: Any) -> Iterator[None]:  # noqa: ANN401 - matplotlib's own
    """Draw under matplotlib's own defaults and these settings, whatever the user's are."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra, and slow to import

    with mpl.rc_context():
        mpl.rcdefaults()
        both: dict[Any, Any] = {**SAME_FILE, **settings}
        mpl.rcParams.update(both)
        yield


def picture(figure: "Figure", form: str, **metadata: str) -> bytes:
    """Return a figure as a file holds it."""
    content = BytesIO()
    plain = {**_PLAIN[form], **metadata}
    figure.savefig(content, format=form, metadata=plain, dpi=_DPI)
    return content.getvalue()
