"""How far a template may go. What goes beyond is refused at saving or fails that message alone."""

from dataclasses import dataclass

SOURCE = 64 * 1024
"""Characters of a source that is text."""

HTML_SOURCE = 256 * 1024
"""Characters of an e-mail's HTML as it was written."""

HTML_ELEMENTS = 5_000
"""Elements of an e-mail's HTML."""

STYLE_TRIALS = 2_000_000
"""Elements times rules of style sheets that inlining may have to try: half a second at worst, once a version."""

STYLE_MERGES = 2_000_000_000
"""Elements times declarations times declarations, the same for what each element may have to compare."""

TAGS = 1_000
"""Tags of a source."""

TAG = 1_000
"""Characters between the braces of one tag."""

DEPTH = 5
"""Blocks inside blocks."""

LOOP = 200
"""Runs of a loop, times those of the loops around it."""

OUTPUT = 64 * 1024
"""Bytes of UTF-8 that a field of text may become."""

HTML_OUTPUT = 512 * 1024
"""Bytes of UTF-8 that an e-mail's HTML may become."""

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
characters of the source, of 64 kB at most. A unit is 1 to 3 µs, so that the worst template ends within 100 ms. An
e-mail has several fields, so the smaller of them have less.
"""

NESTING = 10
"""Levels of lists and maps in variables; what lies deeper is missing."""


@dataclass(frozen=True, slots=True)
class Medium:
    """What a field is made of: characters of its source, bytes of its result, its work, and whether it is escaped."""

    source: int
    output: int
    work: int = WORK
    escapes: bool = False


TEXT_MEDIUM = Medium(SOURCE, OUTPUT)
HTML_MEDIUM = Medium(HTML_OUTPUT, HTML_OUTPUT, escapes=True)
"""Its source is HTML with the styles put in, which is longer than what was written."""
MAIL_TEXT_MEDIUM = Medium(HTML_SOURCE, HTML_OUTPUT, work=WORK // 2)
"""The plain text of an e-mail, which may be made from its HTML."""
LINE_MEDIUM = Medium(4_000, 4_000, work=WORK // 10)
"""An e-mail's subject or pre-header."""
