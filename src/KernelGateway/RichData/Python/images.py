"""Shows Pillow's images in the client instead of in a window. Loaded only if Pillow is loaded."""

import base64
import functools
import io
import os
import sys


def patch(module):
    """Replaces Image.show() and Image.save(path)."""
    image_class = module.Image
    save = image_class.save

    @functools.wraps(save)
    def save_and_show(self, fp, *arguments, **options):
        result = save(self, fp, *arguments, **options)
        if isinstance(fp, (str, os.PathLike)) and not called_by_matplotlib():
            show(self, metadata=ADDED)
        return result

    @functools.wraps(image_class.show)
    def show_inline(self, *arguments, **options):
        show(self)

    image_class.save = save_and_show
    image_class.show = show_inline


def called_by_matplotlib():
    """savefig saves through Pillow; its figure is shown by matplotlib."""
    return sys._getframe(2).f_globals.get("__name__", "").split(".")[0] == "matplotlib"


def show(image, **options):
    # A forked worker has no connection to the client.
    if os.getpid() != settings["process"]:
        return
    from IPython.display import display

    display(image, **options)


def png(image):
    """Returns the image as PNG in base64; modes that PNG does not have (CMYK, floats) are converted to RGB."""
    for prepare in (lambda: image, lambda: image.convert("RGB")):
        buffer = io.BytesIO()
        try:
            prepare().save(buffer, "PNG")
        except Exception:
            continue
        return base64.b64encode(buffer.getvalue()).decode("ascii")
    return None
