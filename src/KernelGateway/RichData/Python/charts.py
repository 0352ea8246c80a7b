"""Describes a matplotlib figure as a chart: its kind, its labels and its data. Loaded only if matplotlib is loaded."""

import json

from matplotlib.collections import PathCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle, Shadow, Wedge

axis = part("axis")
boxes = part("boxes")
marks = part("marks")


def describe(figure):
    """Returns the chart of a figure; None if it shows no data, or too much."""
    # A color bar explains a chart and is not a chart.
    every = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    if not any(drawn(axes) for axes in every):
        return None
    chart = classify(every[0]) if len(every) == 1 else superchart(figure, every)

    # A client gets data that it can read, or the picture only.
    encoded = json.dumps(chart, allow_nan=False, ensure_ascii=False).encode()
    return chart if len(encoded) <= settings["max_bytes"] else None


def superchart(figure, every):
    title = getattr(figure, "_suptitle", None)
    return {"type": "superchart", "title": axis.text(title and title.get_text()), "elements": [one_of_many(axes) for axes in every]}


def one_of_many(axes):
    try:
        return classify(axes)
    except Exception:
        # The other charts are readable without it.
        return unknown(axes)


def classify(axes):
    artists = drawn(axes)
    if not artists or axes.name != "rectilinear":
        return unknown(axes)

    if all(isinstance(artist, (PathPatch, Line2D)) for artist in artists):
        only_lines = all(isinstance(artist, Line2D) for artist in artists)
        return boxes.describe(axes, artists) or (marks.lines(axes, artists) if only_lines else unknown(axes))

    artists = [artist for artist in artists if not is_grid_line(artist)]
    if all(is_scatter(axes, artist) for artist in artists):
        return marks.scatter(axes, artists)
    if all(isinstance(artist, Wedge) for artist in artists):
        return marks.pie(axes, artists)
    if all(isinstance(artist, Rectangle) for artist in artists):
        return marks.bars(axes) or unknown(axes)
    return unknown(axes)


def unknown(axes):
    return {"type": "unknown", "title": axis.title(axes), "elements": []}


def drawn(axes):
    """Returns the artists with data: no text, hidden artists, error bars, shadows, or lines across the axes."""
    errors = [part for one in axes.containers if isinstance(one, ErrorbarContainer) for group in one.lines[1:] for part in group]
    others = [artist for artist in axes.artists if not hasattr(artist, "get_texts")]
    everything = [*axes.lines, *axes.patches, *axes.collections, *axes.images, *axes.tables, *others]
    return [
        artist
        for artist in everything
        if artist.get_visible() and not isinstance(artist, Shadow) and artist not in errors and not is_span(axes, artist)
    ]


def is_span(axes, artist):
    """axhline, axvspan and similar: one coordinate is in units of the data, the other one in units of the axes."""
    if isinstance(artist, Line2D):
        transform = artist.get_transform()
    elif hasattr(artist, "get_data_transform"):
        transform = artist.get_data_transform()
    else:
        return False
    by_x, by_y = transform.contains_branch_seperately(axes.transData)
    return by_x != by_y


def is_grid_line(artist):
    return isinstance(artist, Line2D) and marks.is_straight(artist)


def is_scatter(axes, artist):
    # The contours of older versions are path collections too, but are not placed by offsets in the data.
    return isinstance(artist, PathCollection) and artist.get_offset_transform().contains_branch(axes.transData)
