"""When Python looks for cycles among objects: in a process that serves for long, rarely."""

import gc


def collect_less_often() -> None:
    """Call once all is imported. A batch, or a request, makes thousands of objects without cycles: with Python's own
    setting a tenth of the time goes into looking at them, and at all that was imported.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
