import os
import requests
from jupyter_client import BlockingKernelClient

url, headers = os.environ["URL"], {"Authorization": f"token {os.environ['TOKEN']}"}
context = requests.post(f"{url}/contexts", headers=headers, json={"language": "python"}).json()["id"]
connection_file = requests.get(f"{url}/contexts/{context}", headers=headers).json()["connection_file"]

client = BlockingKernelClient(connection_file=connection_file)
client.load_connection_file()
client.start_channels()
client.wait_for_ready()
client.execute_interactive("x = 6\nprint('Hello')")

answer = requests.post(f"{url}/execute", headers=headers, json={"context_id": context, "code": "print(x * 7)"})
print(answer.text)   # the same x

client.stop_channels()
requests.delete(f"{url}/contexts/{context}", headers=headers)
