"""Whose fault a test that did not pass looks like: the word that every report uses."""

from enum import StrEnum


class Blame(StrEnum):
    """Who has to act."""

    PRODUCT = "product"
    """The device broke a promise: file a bug. The only one that shows as *failed*."""
    UNCONFIRMED = "unconfirmed"
    """It would be the product's, but what is promised is only assumed: ask the lab."""
    KNOWN = "known"
    """The product's, and tracked in known-bugs.yaml: nothing new."""
    RIG = "rig"
    """The bench is in trouble, or nothing is proved: look at the bench."""
    SUITE = "suite"
    """The test, hil or a file of ours is wrong: fix it."""
    ABORTED = "aborted"
    """The run was ended from outside while this was running."""
