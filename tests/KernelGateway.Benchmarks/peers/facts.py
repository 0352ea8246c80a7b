"""Reports the versions of Python and of the libraries that the peers use."""

import platform

import ipykernel
import jupyter_client
import zmq

from peer import serve

serve(
    {
        "facts": lambda: {
            "python": platform.python_version(),
            "pyzmq": zmq.__version__,
            "libzmq": zmq.zmq_version(),
            "jupyter_client": jupyter_client.__version__,
            "ipykernel": ipykernel.__version__,
        }
    }
)
