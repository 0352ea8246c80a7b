"""Reads box plots from the patches and lines with which they are drawn."""

import math

from matplotlib.lines import Line2D

axis = part("axis")


def describe(axes, artists):
    """Returns a box plot; None if the artists are not its boxes, whiskers, caps, medians and outliers."""
    lines = [Line(artist) for artist in artists if isinstance(artist, Line2D)]
    frames = [patch.get_path().vertices for patch in artists if not isinstance(patch, Line2D)]
    if not frames:
        frames = [line.points for line in lines if is_frame(line.points)]
    if not frames:
        return None

    horizontal = not any(line.is_median_of(frame, upright=True) for frame in frames for line in lines)
    boxes = [Box(frame, lines, horizontal) for frame in frames]
    if not all(box.is_whole for box in boxes):
        return None
    named = axis.Axis(axes, axes.yaxis if horizontal else axes.xaxis)
    return axis.describe_2d("box_and_whisker", axes, [box.describe(named) for box in boxes], horizontal)


def is_frame(points):
    """The outline of a box that is not filled: a closed line with five corners, or eleven with a notch."""
    return len(points) in (5, 11) and (points[0] == points[-1]).all() and len(set(points[:, 1])) > 1


def extent(frame, dimension):
    # The last vertex of a closed path has no position.
    values = [float(value) for value in frame[:-1, dimension] if math.isfinite(value)]
    return min(values), max(values)


def quartiles(frame, dimension):
    # A notch may extend beyond the quartiles; its outline begins at the first quartile and has the third one in its middle.
    if len(frame) in (11, 12):
        return float(frame[0, dimension]), float(frame[5, dimension])
    return extent(frame, dimension)


def close(one, other, scale):
    return abs(one - other) <= 1e-9 * max(1.0, abs(scale))


class Line:
    """A line of the plot. Marks without a line between them are outliers or means."""

    def __init__(self, artist):
        self.points = artist.get_xydata()
        self.is_marks = artist.get_linestyle() in ("None", "none", " ", "")

    def along(self, dimension):
        return [float(value) for value in self.points[:, dimension]]

    def is_across(self, dimension):
        """Two points at the same height: a cap, a median, a mean drawn as a line."""
        values = self.along(dimension)
        return not self.is_marks and len(values) == 2 and values[0] == values[1]

    def is_median_of(self, frame, upright):
        across, up = (0, 1) if upright else (1, 0)
        if not self.is_across(up) or len(set(self.along(across))) != 2:
            return False
        (left, right), (low, high) = extent(frame, across), extent(frame, up)
        return close(sum(self.along(across)) / 2, (left + right) / 2, right) and low <= self.along(up)[0] <= high


class Box:
    """One box with the lines at its center, in the order in which matplotlib draws them."""

    def __init__(self, frame, lines, horizontal):
        self.across, self.up = (1, 0) if horizontal else (0, 1)
        left, right = extent(frame, self.across)
        self.low, self.high = quartiles(frame, self.up)
        self.centre = (left + right) / 2
        mine = [line for line in lines if len(line.points) and self.is_mine(line)]
        self.whiskers = [line for line in mine if not line.is_marks and len(line.points) == 2 and line.is_across(self.across)]
        flat = [line for line in mine if line.is_across(self.up) and line not in self.whiskers]

        # Two caps, then the median, then optionally the mean; the caps can be missing.
        self.median = flat[2 if len(flat) > 2 else 0] if flat else None
        self.marks = [line for line in mine if line.is_marks]

    @property
    def is_whole(self):
        return self.median is not None and len(self.whiskers) == 2

    def describe(self, named):
        ends = [value for whisker in self.whiskers for value in whisker.along(self.up)]
        low, high = min(ends + [self.low]), max(ends + [self.high])
        marks = [value for line in self.marks for value in line.along(self.up)]
        return {
            "label": named.label_at(self.centre),
            "min": low,
            "first_quartile": self.low,
            "median": self.median.along(self.up)[0],
            "third_quartile": self.high,
            "max": high,
            # The mark of a mean is between the whiskers.
            "outliers": [value for value in marks if not low <= value <= high],
        }

    def is_mine(self, line):
        values = line.along(self.across)
        return close((min(values) + max(values)) / 2, self.centre, self.centre)
