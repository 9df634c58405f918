#!/bin/sh
# Writes the passwords of docker-compose.yml into .env, once. A password that is there already stays, because the data
# in the volumes was made with it. Needs nothing but a POSIX shell.
set -eu
cd "$(dirname "$0")/.."
umask 077
touch .env
# If the last line has no end, the first password would become a part of it.
[ -z "$(tail -c 1 .env)" ] || echo >> .env
for name in POSTGRES_PASSWORD SERVICE_PASSWORD REDIS_PASSWORD ELASTIC_PASSWORD GRAFANA_PASSWORD API_KEY_PEPPER COOKIE_SECRET WEBHOOK_SECRETS_KEY; do
  if ! grep -q "^$name=." .env; then
    printf '%s=%s\n' "$name" "$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')" >> .env
  fi
done
chmod 600 .env
