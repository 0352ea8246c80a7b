# URL=$URL TOKEN=$TOKEN bash files.sh
curl "$URL/files?path=/tmp/hello-curl.txt" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/octet-stream' --data-binary 'hello'
curl "$URL/files?path=/tmp/hello-curl.txt" -H "Authorization: Bearer $TOKEN"
curl $URL/filesystem.Filesystem/ListDir -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"path": "/tmp"}'
