"""Describes a pandas DataFrame column by column: name to list of values. Loaded only if pandas is loaded."""

import math
import sys

plain = part("plain")
numpy = sys.modules["numpy"]
pandas = sys.modules["pandas"]

# The time to read a column of a frame, expressed in bytes, so that very wide frames are too large as well.
COLUMN_BYTES = 1024


def describe(frame):
    """Returns the columns of a frame; None if there are too many cells. The index is not included."""
    rows, columns = frame.shape
    budget = plain.Plain(settings["max_bytes"])
    budget.spend(columns * (COLUMN_BYTES + 8 * rows))
    result = {}
    for position in range(columns):
        # By position, because several columns can have the same name.
        values = column(frame.iloc[:, position], budget)
        result[unused(name(frame.columns[position]), result)] = values
    return result


def name(label):
    """Returns a column's name as text; the levels of a MultiIndex are joined by dots, empty ones are left out."""
    if isinstance(label, tuple):
        return ".".join(filter(None, map(name, label)))
    if isinstance(label, str):
        return clean(label)
    return label.isoformat() if hasattr(label, "isoformat") else str(label)


def unused(wanted, taken):
    """Names further columns of the same name as in pandas.read_csv: "a", "a.1", "a.2"."""
    chosen, number = wanted, 0
    while chosen in taken:
        number += 1
        chosen = "%s.%d" % (wanted, number)
    return chosen


def column(series, budget):
    values = series.tolist()
    if isinstance(series.dtype, numpy.dtype) and series.dtype.kind in "biu":
        return values
    if isinstance(series.dtype, numpy.dtype) and series.dtype.kind == "f":
        return [value if math.isfinite(value) else None for value in values]
    if pandas.api.types.is_datetime64_any_dtype(series.dtype):
        return [None if value is pandas.NaT else value.isoformat() for value in values]
    return [cell(value, budget) for value in values]


def cell(value, budget):
    if isinstance(value, str):
        return budget.text(clean(value))
    if plain.known(value, "datetime", "timedelta"):
        value = None if value is pandas.NaT else pandas.Timedelta(value).isoformat()
    try:
        return budget.convert(value)
    except plain.NotPlain:
        if budget.budget < 0:
            raise

    # Period, Interval, complex numbers and objects of the user are converted to text as in print.
    return budget.text(clean(str(value)))


def clean(text):
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
