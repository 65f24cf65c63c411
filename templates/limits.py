"""How far a template may go. What goes beyond is refused at saving or fails that message alone."""

SOURCE = 64 * 1024
"""Characters of a source."""

TAGS = 1_000
"""Tags of a source."""

TAG = 1_000
"""Characters between the braces of one tag."""

DEPTH = 5
"""Blocks inside blocks."""

LOOP = 200
"""Runs of a loop, times those of the loops around it."""

OUTPUT = 64 * 1024
"""Bytes of UTF-8 that one field may become."""

NAMESPACE = 16 * 1024
"""Bytes, as Python counts them, in names that a template assigns."""

TEXT = 64 * 1024
"""Characters that a filter may take or return."""

ARGUMENT = 1_000
"""Characters of a filter's argument."""

NUMBER = 10**18
"""The largest number that a filter may take or return."""

WORK = 20_000
"""Units of work: a tag rendered, a variable read, 256 characters or some three items gone through; beside one for four
characters of the source. A unit is 1 to 3 µs, so that the worst template ends within 100 ms.
"""

NESTING = 10
"""Levels of lists and maps in variables; what lies deeper is missing."""
