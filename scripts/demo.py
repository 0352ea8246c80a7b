"""Posts one cell to a running gateway and shows each event at the moment it arrives. Standard library only."""

import base64
import http.client
import json
import os
import sys
import time
from urllib.parse import urlsplit

CELL = '''
import time
import matplotlib.pyplot as plt
import pandas as pd

for i in range(3):
    print(f"step {i + 1} of 3")
    time.sleep(0.5)

plt.plot([x * x for x in range(20)])
plt.title("x squared")
plt.show()

display(pd.DataFrame({"kernel": ["ipykernel", "xpython"], "language": ["Python", "Python"], "answers": [42, 42]}))

raise ValueError("this is what an error looks like")
'''


def main():
    url, token, directory = sys.argv[1:4]
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    started = time.monotonic()
    connection.request(
        "POST",
        "/execute",
        json.dumps({"code": CELL}),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    response = connection.getresponse()
    if response.status != 200:
        sys.exit(f"POST /execute answered {response.status}: {response.read().decode()}")
    print(f"execution {response.headers['X-Execution-Id']}")

    seen = set()
    for line in response:
        event = json.loads(line)
        seen.add(event["type"])
        print(f"{time.monotonic() - started:7.2f} s  {describe(event, directory)}", flush=True)

    missing = {"number_of_executions", "stdout", "result", "error", "end_of_execution"} - seen
    if missing:
        sys.exit(f"these events never came: {', '.join(sorted(missing))}")


def describe(event, directory):
    kind = event["type"]
    if kind in ("stdout", "stderr"):
        return f"{kind:<20} {event['text']!r}"
    if kind == "number_of_executions":
        return f"{kind:<20} {event['execution_count']}"
    if kind == "error":
        return f"{kind:<20} {event['name']}: {event['value']}"
    if kind == "result":
        formats = [name for name in event if name not in ("type", "extra", "is_main_result")]
        text = f"{kind:<20} {', '.join(formats)}"
        if "png" in event:
            path = os.path.abspath(os.path.join(directory, "plot.png"))
            with open(path, "wb") as file:
                file.write(base64.b64decode(event["png"]))
            return f"{text}\n{'':31}the plot is in {path}"
        body = event.get("text", "").replace("\n", "\n" + " " * 31)
        return f"{text}\n{'':31}{body}"
    if kind == "end_of_execution":
        return f"{kind:<20} reason: {event['reason']}, state: {event['state']}"
    return kind


main()
