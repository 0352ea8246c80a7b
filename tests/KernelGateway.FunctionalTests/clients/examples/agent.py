import json, os, uuid
import requests, websocket

url, headers = os.environ["URL"], {"Authorization": f"token {os.environ['TOKEN']}"}
kernel = requests.post(f"{url}/api/kernels", headers=headers, json={"name": "python3"}).json()["id"]
socket = websocket.create_connection(f"{url.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels", header=headers)

header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": uuid.uuid4().hex, "username": "", "version": "5.3"}
content = {"code": "print('Hello')\n6 * 7", "silent": False, "allow_stdin": False}
socket.send(json.dumps({"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}))

while True:
    message = json.loads(socket.recv())
    if message["parent_header"].get("msg_id") != header["msg_id"]:
        continue
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        print(content["text"], end="")
    elif kind == "execute_result":
        print(content["data"]["text/plain"])
    elif kind == "status" and content["execution_state"] == "idle":
        break

socket.close()
requests.delete(f"{url}/api/kernels/{kernel}", headers=headers)
