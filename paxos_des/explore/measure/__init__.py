"""Measuring: how soon each strategy finds each exhibit of the museum, how small what it finds
becomes, and which checks see it.
"""
