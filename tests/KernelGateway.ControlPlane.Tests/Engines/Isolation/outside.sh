# Runs a program in a network whose other end is the index: outside.sh INDEX DIRECTORY PROGRAM ARGUMENT...
# The index has its own namespace with a public address, a private one, and the one of cloud metadata.
set -e
index=$1 directory=$2
shift 2
mkfifo "$directory/ready"
unshare --net -- python3 "$index" 203.0.113.10 > "$directory/ready" &
server=$!
trap 'kill $server' EXIT
read -r _ < "$directory/ready"
ip link set lo up
ip link add outside type veth peer name inside netns $server
ip addr add 203.0.113.1/24 dev outside
ip link set outside up
nsenter -t $server -n sh -ec '
  ip link set lo up
  ip addr add 203.0.113.10/24 dev inside
  ip addr add 10.20.30.40/32 dev inside
  ip addr add 169.254.169.254/32 dev inside
  ip link set inside up'
ip route add default via 203.0.113.10
echo 'nameserver 203.0.113.10' > "$directory/resolv.conf"
mount --bind "$directory/resolv.conf" "$(readlink -f /etc/resolv.conf)"
"$@"
