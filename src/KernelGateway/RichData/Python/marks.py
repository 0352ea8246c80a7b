"""Reads lines, scattered points, bars and pies from their artists."""

import math
import re

import numpy
from matplotlib.container import BarContainer

axis = part("axis")

POINT_BYTES = 16


def lines(axes, artists):
    data = [artist for artist in artists if not is_straight(artist)]
    names = [name_of(line, "Line", number) for number, line in enumerate(data)]
    return point_chart("line", axes, names, [numpy.ma.array(line.get_xydata()) for line in data])


def scatter(axes, artists):
    names = [name_of(collection, "Scatter", number) for number, collection in enumerate(artists)]
    return point_chart("scatter", axes, names, [numpy.ma.array(collection.get_offsets()) for collection in artists])


def point_chart(kind, axes, names, groups):
    if POINT_BYTES * sum(len(group) for group in groups) > settings["max_bytes"]:
        raise ValueError("too many points")

    def element(name, group):
        # matplotlib does not draw masked points and NaN.
        seen = [(x, y) for x, y in group.filled(math.nan).astype(float).tolist() if math.isfinite(x) and math.isfinite(y)]
        return lambda x_axis, y_axis: {"label": name, "points": [[x_axis.value(x), y_axis.value(y)] for x, y in seen]}

    return axis.describe_points(kind, axes, [element(name, group) for name, group in zip(names, groups)])


def bars(axes):
    """Returns a bar chart; None if the rectangles are not bars."""
    containers = [one for one in axes.containers if isinstance(one, BarContainer)]
    if not containers:
        return None
    horizontal = any(is_horizontal(container) for container in containers)
    named = axis.Axis(axes, axes.yaxis if horizontal else axes.xaxis)
    elements = []
    for number, container in enumerate(containers):
        group = name_of(container, "Group", number)
        for bar in container:
            start, length, value = bar.get_x(), bar.get_width(), bar.get_height()
            if horizontal:
                start, length, value = bar.get_y(), bar.get_height(), bar.get_width()
            if math.isfinite(value):
                elements.append({"label": named.label_at(float(start + length / 2)), "group": group, "value": float(value)})
    return axis.describe_2d("bar", axes, elements, horizontal)


def is_horizontal(container):
    orientation = getattr(container, "orientation", None)
    if orientation is not None:
        return orientation == "horizontal"
    # A container without an orientation: bars of the same height are horizontal.
    heights, widths = {bar.get_height() for bar in container}, {bar.get_width() for bar in container}
    return len(heights) == 1 and len(widths) > 1


def pie(axes, wedges):
    elements = [
        {
            "label": "" if str(wedge.get_label()).startswith("_") else str(wedge.get_label()),
            # matplotlib sums the fractions in single precision: 36 and not 35.99999940395355.
            "angle": round(float(abs(wedge.theta2 - wedge.theta1)), 3),
            "radius": float(wedge.r),
        }
        for wedge in wedges
    ]
    return {"type": "pie", "title": axis.title(axes), "elements": elements}


def name_of(artist, kind, number):
    """Returns the label; artists without a label have one of matplotlib with their number (_child0, _container1)."""
    label = str(artist.get_label() or "")
    if label and not label.startswith("_"):
        return label
    digits = re.search(r"\d+$", label)
    return "%s %s" % (kind, digits.group() if digits else number)


def is_straight(line):
    """A line of two points, exactly horizontal or vertical, is part of a grid."""
    points = line.get_xydata()
    return len(points) == 2 and bool((points[0] == points[1]).any())
