"""Figures of what a sweep measured: each a function of its table, and of what the plan says of it.

    from paxos_des.report.figures import draw

    draw(results, results.plan.figures[0], folder)

A figure can be read in grey and by the colour-blind: every line has a marker and a dash of its own.
It has units on its axes, intervals at 95 %, the closed form where there is one, and in its corner
the plan's name and digest. Points without data are gaps, never zeros.
"""

from paxos_des.report.figures.defaults import default_figures
from paxos_des.report.figures.figure import (
    check_drawable,
    draw,
    figure_of,
    pictures_of,
    shows,
    write_pictures,
)
from paxos_des.report.figures.refusing import FigureError

__all__ = [
    "FigureError",
    "check_drawable",
    "default_figures",
    "draw",
    "figure_of",
    "pictures_of",
    "shows",
    "write_pictures",
]
