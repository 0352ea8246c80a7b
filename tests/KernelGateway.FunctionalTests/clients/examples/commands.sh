# KERNELGATEWAY_URL=$URL KERNELGATEWAY_TOKEN=$TOKEN bash commands.sh, with kernel-gateway as a command
kernel-gateway exec -- uname -a                                     # its output, and its exit code
echo hello | kernel-gateway exec -- sh -c 'cat > /tmp/hello-sh.txt' # input from a pipe is passed on
kernel-gateway cp :/tmp/hello-sh.txt copy.txt                       # a path of the gateway's machine begins with a colon
kernel-gateway cp data :                                            # a directory, into the working directory of the gateway
