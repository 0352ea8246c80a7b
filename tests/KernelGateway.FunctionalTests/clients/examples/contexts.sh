# URL=$URL TOKEN=$TOKEN bash contexts.sh
CONTEXT=$(curl -s $URL/contexts -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"language": "python"}' |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
curl -N $URL/execute -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "{\"context_id\": \"$CONTEXT\", \"code\": \"x = 6\"}"
curl -N $URL/execute -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "{\"context_id\": \"$CONTEXT\", \"code\": \"x * 7\"}"
curl -X DELETE $URL/contexts/$CONTEXT -H "Authorization: Bearer $TOKEN"
